import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createEc2Api, createElbApi } from '../aws/clients.ts';
import { type Access, findAccess } from '../kube/access.ts';
import { kubeClient } from '../kube/client.ts';
import { Lease } from '../kube/lease.ts';
import { Transport } from '../kube/transport.ts';
import { type Log, openLog } from '../log.ts';
import { type Operator, startOperator } from '../operator.ts';
import { realClock as clock } from '../runtime/clock.ts';
import { stallLine, watchEventLoop } from '../runtime/watchdog.ts';
import { type Injection, startInjection } from '../server/injection.ts';
import type { MetricRegistry } from '../server/registry.ts';
import { readAddress } from '../settings/address.ts';
import { type Controls, readControls } from '../settings/controls.ts';
import { FLAG_OPTIONS } from '../settings/flags.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import type { Command, Terminal } from './command.ts';

export const command: Command = {
  summary: 'Runs the operator until it is told to stop.',
  usage: [
    'podwire run --cluster-name NAME --region REGION --vpc-id VPC [--config FILE] [--kubeconfig FILE] [--aws-endpoint-url URL]',
    '',
    'podwire config print tells of every setting.',
  ].join('\n  '),
  options: FLAG_OPTIONS,
  async run(args, terminal) {
    const read = readSettings(args, terminal.env);
    const switched = readControls(terminal.env);
    if ('problems' in read) return refuse(read.problems, terminal);
    if ('problems' in switched) return refuse(switched.problems, terminal);
    const { settings } = read;
    const { controls } = switched;
    const log = openLog(settings.logLevel);
    if (controls.size > 0) log.warn({ controls: [...controls] }, 'protection is switched off');
    watchEventLoop(clock, { tell: (stall) => log.warn(stallLine(stall)) });
    const running = await open({ settings, controls }, terminal, log);
    return live(running, terminal.signal, log);
  },
};

function refuse(problems: string[], terminal: Terminal): number {
  for (const problem of problems) terminal.tell(problem);
  return 2;
}

type Running = { operator: Operator; lease: Lease | undefined; injection: Injection };

/** Until it is told to stop, or has lost the lease: then it ends at once, since nothing it remembers can be relied on. */
async function live({ operator, lease, injection }: Running, signal: AbortSignal, log: Log): Promise<number> {
  if (lease) void tellWaiting(operator, lease, log);
  void operator.running.then(() => signal.aborted || log.info('running'));
  const reason = await Promise.race([aborted(signal), ...(lease ? [lease.lost] : [])]);
  if (reason !== undefined) {
    log.error({ reason }, 'ended');
    return 1;
  }
  for (const trouble of await operator.stop()) log.warn(trouble, 'did not stop in time');
  // Last: pods are created meanwhile, and the API server still asks.
  await injection.stop();
  return 0;
}

const SOON_MS = 1_000;

async function tellWaiting(operator: Operator, lease: Lease, log: Log): Promise<void> {
  await operator.synced;
  await clock.sleep(SOON_MS);
  if (!lease.leads()) log.info('ready, and waiting for the lease');
}

type Asked = { settings: Settings; controls: Controls };

async function open({ settings, controls }: Asked, { env }: Terminal, log: Log): Promise<Running> {
  const { kubeconfig, region, awsEndpointUrl: endpoint } = settings;
  const address = readAddress(settings.metricsAddress);
  const registry = address && (await import('../server/registry.ts')).openRegistry();
  const access = await findAccess({ env, clock, ...(kubeconfig !== undefined && { kubeconfig }) });
  const instance = env.HOSTNAME ?? hostname();
  const lease = settings.leaderElect ? leaseOf(settings, { access, instance, log }) : undefined;
  const fence = lease && { fence: () => lease.check() };
  const kube = kubeClient({
    transport: new Transport(access, { clock, userAgent: 'podwire' }),
    clock,
    ...fence,
    onTrouble: ({ resource, error, retryInMs }) =>
      log.warn({ resource: resource.plural, retryInMs, error: String(error) }, 'watch'),
  });
  const aws = { region, ...(endpoint !== undefined && { endpoint }), ...fence };
  const operator = await startOperator({
    kube,
    elb: createElbApi(aws),
    ec2: createEc2Api(aws),
    clock,
    log,
    settings,
    controls,
    instance,
    ...(lease && { lease }),
    ...(registry && { metrics: registry.metrics }),
  });
  const { drainLines: linesOf, synced: ready } = operator;
  const running = { operator, lease, injection: startInjection({ kube, clock, log, settings, linesOf, ready }) };
  if (address && registry) await serve({ address, registry }, running, log);
  return running;
}

type Serving = { address: NonNullable<ReturnType<typeof readAddress>>; registry: MetricRegistry };

async function serve({ address, registry }: Serving, { operator, lease }: Running, log: Log): Promise<void> {
  const { serveStatus } = await import('../server/http.ts');
  registry.metrics.gauge('podwire_leader', () => [{ labels: {}, value: (lease?.leads() ?? true) ? 1 : 0 }]);
  const { url } = await serveStatus({ address, registry, missing: () => operator.unsynced() });
  log.info({ url }, 'metrics');
}

type Claimant = { access: Access; instance: string; log: Log };

/** The lease has a connection of its own, so that nothing that hangs elsewhere keeps a renewal waiting. */
function leaseOf(settings: Settings, { access, instance, log }: Claimant): Lease {
  const retryMs = settings.leaseRetrySeconds * 1_000;
  const transport = new Transport(access, { clock, userAgent: 'podwire', limitMs: retryMs });
  const lease = new Lease({
    kube: kubeClient({ transport, clock }),
    clock,
    key: { namespace: settings.leaseNamespace, name: settings.leaseName },
    identity: `${instance}_${randomUUID()}`,
    times: {
      durationMs: settings.leaseDurationSeconds * 1_000,
      renewDeadlineMs: settings.leaseRenewDeadlineSeconds * 1_000,
      retryMs,
    },
    onTrouble: (error) => log.warn({ error: error.message }, 'lease'),
  });
  lease.onChange((leads) =>
    log.info({ leads }, leads ? 'lease held' : 'lease not renewed in time: nothing is changed'),
  );
  return lease;
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
