import { hostname } from 'node:os';
import { createEc2Api, createElbApi } from '../aws/clients.ts';
import { CredentialsCheck, findCredentials } from '../aws/credentials.ts';
import { findAccess } from '../kube/access.ts';
import { kubeClient } from '../kube/client.ts';
import { WatchFreshness } from '../kube/freshness.ts';
import type { Lease } from '../kube/lease.ts';
import { type RequestTold, Silent, Transport } from '../kube/transport.ts';
import type { WatchTrouble } from '../kube/watch.ts';
import { type Log, type Logs, openLogs } from '../log.ts';
import { type Metrics, noMetrics } from '../metrics.ts';
import { type Operator, startOperator } from '../operator.ts';
import { realClock as clock } from '../runtime/clock.ts';
import { stallLine, type Watchdog, watchEventLoop } from '../runtime/watchdog.ts';
import { type Injection, startInjection } from '../server/injection.ts';
import { readAddress } from '../settings/address.ts';
import { type Controls, readControls } from '../settings/controls.ts';
import { FLAG_OPTIONS } from '../settings/flags.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import type { Command, Terminal } from './command.ts';
import { leaseOf } from './run/claim.ts';
import { profileAddress, serveStatus } from './run/status.ts';

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
    const logs = openLogs({ level: settings.logLevel, format: settings.logFormat });
    const log = logs.of('operator');
    if (controls.size > 0) log.warn({ controls: [...controls] }, 'protection is switched off');
    const watchdog = watchEventLoop(clock, { tell: (stall) => log.warn(stallLine(stall)) });
    process.on('SIGUSR2', () => {
      log.info({ signal: 'SIGUSR2' }, logs.toggleDebug() ? 'everything is logged from debug on' : 'logged as before');
    });
    const running = await open({ settings, controls, logs, watchdog }, terminal);
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
  // Pods are created meanwhile, and the API server still asks: it learns a little later that this replica goes.
  const left = injection.stop(lease === undefined ? 0 : LINGER_MS);
  for (const trouble of await operator.stop()) log.warn(trouble, 'did not stop in time');
  await left;
  return 0;
}

const SOON_MS = 1_000;
const LINGER_MS = 3_000;

async function tellWaiting(operator: Operator, lease: Lease, log: Log): Promise<void> {
  await operator.synced;
  await clock.sleep(SOON_MS);
  if (!lease.leads()) log.info('ready, and waiting for the lease');
}

type Asked = { settings: Settings; controls: Controls; logs: Logs; watchdog: Watchdog };

async function open({ settings, controls, logs, watchdog }: Asked, { env, signal }: Terminal): Promise<Running> {
  const { kubeconfig, region, awsEndpointUrl: endpoint } = settings;
  const address = readAddress(settings.metricsAddress);
  const registry = address && (await import('../server/registry.ts')).openRegistry({ process: true });
  const { metrics = noMetrics } = registry ?? {};
  const onRequest = (told: RequestTold) => measureRequest(told, metrics);
  const access = await findAccess({ env, clock, ...(kubeconfig !== undefined && { kubeconfig }) });
  const instance = env.HOSTNAME ?? hostname();
  const lease = settings.leaderElect
    ? leaseOf(settings, { access, instance, log: logs.of('lease'), onRequest })
    : undefined;
  const fence = lease && { fence: () => lease.check() };
  const freshness = new WatchFreshness(clock);
  const kube = kubeClient({
    transport: new Transport(access, { clock, userAgent: 'podwire', onRequest }),
    clock,
    freshness,
    ...fence,
    onTrouble: (trouble) => tellTrouble(trouble, logs.of('kube')),
  });
  const credentials = findCredentials(region);
  const known = new CredentialsCheck(credentials, clock);
  const aws = { region, credentials, ...(endpoint !== undefined && { endpoint }), ...fence };
  const operator = await startOperator({
    kube,
    elb: createElbApi(aws),
    ec2: createEc2Api(aws),
    clock,
    log: logs.of('controllers'),
    awsLog: logs.of('aws'),
    onAwsCall: (call) => known.note(call),
    settings,
    controls,
    instance,
    metrics,
    ...(lease && { lease }),
  });
  const { drainLines: linesOf, synced: ready } = operator;
  const log = logs.of('webhook');
  const injection = startInjection({ kube, clock, log, settings, linesOf, ready, metrics });
  const told = { webhook: () => injection.trouble(), unsynced: () => operator.unsynced() };
  const parts = { clock, watchdog, lease, freshness, signal, ...told };
  if (address && registry)
    await serveStatus({
      address,
      registry,
      logs,
      leaseName: settings.leaseName,
      parts: { ...parts, aheadMs: () => aheadOf(kube.serverNow?.()), credentials: () => known.trouble() },
    });
  await serveProfiles(settings, logs.of('operator'));
  return { operator, lease, injection };
}

const aheadOf = (serverNow: number | undefined): number | undefined =>
  serverNow === undefined ? undefined : serverNow - clock.now();

// Of a kind that nobody changes a server may send nothing: the watch is opened again, and that is all.
function tellTrouble({ resource, error, retryInMs }: WatchTrouble, log: Log): void {
  log[error instanceof Silent ? 'debug' : 'warn'](
    { resource: resource.plural, retryInMs, error: String(error) },
    'watch',
  );
}

function measureRequest({ method, code, host, tookMs }: RequestTold, metrics: Metrics): void {
  metrics.count('rest_client_requests_total', { code, method, host });
  metrics.observe('rest_client_request_duration_seconds', tookMs / 1_000, { verb: method, host });
}

// Loaded only where it is asked for.
async function serveProfiles(settings: Settings, log: Log): Promise<void> {
  const address = profileAddress(settings);
  if (address === undefined) return;
  const { serveProfiles: serve } = await import('../server/profile.ts');
  const { url } = await serve({ address, remote: settings.profileRemote, clock });
  log.info({ url }, 'profiles');
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
