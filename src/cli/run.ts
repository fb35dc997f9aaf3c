import { hostname } from 'node:os';
import { createEc2Api, createElbApi } from '../aws/clients.ts';
import { findAccess } from '../kube/access.ts';
import { kubeClient } from '../kube/client.ts';
import { Transport } from '../kube/transport.ts';
import { openLog } from '../log.ts';
import { type Operator, startOperator } from '../operator.ts';
import { realClock as clock } from '../runtime/clock.ts';
import { stallLine, watchEventLoop } from '../runtime/watchdog.ts';
import { type Controls, readControls } from '../settings/controls.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import type { Command, Terminal } from './command.ts';

export const command: Command = {
  summary: 'Runs the operator until it is told to stop.',
  usage: 'podwire run --cluster-name NAME --region REGION --vpc-id VPC [--kubeconfig FILE] [--aws-endpoint-url URL]',
  async run(args, terminal) {
    const read = readSettings(args, terminal.env);
    const switched = readControls(terminal.env);
    if ('problems' in read) return refuse(read.problems, terminal);
    if ('problems' in switched) return refuse(switched.problems, terminal);
    const log = openLog(read.settings.logLevel);
    watchEventLoop(clock, { tell: (stall) => log.warn(stallLine(stall)) });
    const operator = await open({ ...read, ...switched }, terminal);
    await Promise.race([operator.running, aborted(terminal.signal)]);
    if (!terminal.signal.aborted) log.info('running');
    await aborted(terminal.signal);
    for (const trouble of await operator.stop()) log.warn(trouble, 'did not stop in time');
    return 0;
  },
};

function refuse(problems: string[], terminal: Terminal): number {
  for (const problem of problems) terminal.tell(problem);
  return 2;
}

type Wanted = { settings: Settings; controls: Controls };

async function open({ settings, controls }: Wanted, { env }: Terminal): Promise<Operator> {
  const log = openLog(settings.logLevel);
  const { kubeconfig, region, awsEndpointUrl: endpoint } = settings;
  const access = await findAccess({ env, clock, ...(kubeconfig !== undefined && { kubeconfig }) });
  const kube = kubeClient({
    transport: new Transport(access, { clock, userAgent: 'podwire' }),
    clock,
    onTrouble: ({ resource, error, retryInMs }) =>
      log.warn({ resource: resource.plural, retryInMs, error: String(error) }, 'watch'),
  });
  const aws = { region, ...(endpoint !== undefined && { endpoint }) };
  return startOperator({
    kube,
    elb: createElbApi(aws),
    ec2: createEc2Api(aws),
    clock,
    log,
    settings,
    controls,
    instance: env.HOSTNAME ?? hostname(),
  });
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
