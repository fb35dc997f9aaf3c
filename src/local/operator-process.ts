import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE_FLAGS } from '../node-flags.ts';
import { realClock } from '../runtime/clock.ts';
import { SETTINGS } from './aws/settings.ts';
import { type GuardedProcess, startGuarded, tailOf } from './guarded-process.ts';
import { permitOperator } from './operator-rights.ts';
import { ENTRY } from './process.ts';

/** The operator as `podwire run` starts it. */
export type OperatorProcess = GuardedProcess & { log: string };

export type OperatorProcessOptions = {
  kubeconfig: string;
  awsUrl: string;
  /** Where its log goes. */
  dir: string;
  clusterName?: string;
  /** The file that is run: a bundle, or main.ts. Without it the one that runs every command here. */
  entry?: string;
  /** More flags. */
  flags?: string[];
  /** More environment. */
  env?: Record<string, string>;
  /** Of its log, `<name>.log`: each operator of a cluster has its own. */
  name?: string;
};

const START_MS = 30_000;

/** What it logs once it works, or could from now on. */
const READY = /"msg":"(running|ready, and waiting for the lease)"/;

/** Starts the operator, with the rights of its cluster only, and resolves when its controllers run, or when it waits for the lease that another one holds. It ends with this process. */
export async function startOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const log = join(options.dir, `${options.name ?? 'operator'}.log`);
  const args = [
    ...NODE_FLAGS,
    '--disable-warning=ExperimentalWarning',
    options.entry ?? ENTRY,
    'run',
    ...flagsOf(options),
  ];
  const began = await sizeOf(log);
  const credentials = await permitOperator(options.awsUrl, options.clusterName ?? SETTINGS.clusterName.value);
  const env = { ...process.env, ...credentials, ...options.env };
  const program = startGuarded({ file: process.execPath, args, log, env });
  const deadline = realClock.monotonic() + START_MS;
  while (!READY.test((await readFile(log, 'utf8')).slice(began))) {
    if (!program.running()) throw new Error(`the operator ended before it was ready:\n${await tailOf(log)}`);
    if (realClock.monotonic() > deadline)
      throw new Error(`the operator is not ready after 30 s:\n${await tailOf(log)}`);
    await realClock.sleep(50);
  }
  return { ...program, log };
}

const sizeOf = async (file: string): Promise<number> => (await readFile(file, 'utf8').catch(() => '')).length;

const flagsOf = ({
  kubeconfig,
  awsUrl,
  clusterName = SETTINGS.clusterName.value,
  flags = [],
}: OperatorProcessOptions): string[] => [
  ...['--kubeconfig', kubeconfig, '--aws-endpoint-url', awsUrl, '--cluster-name', clusterName],
  ...['--region', SETTINGS.region.value, '--vpc-id', SETTINGS.vpcId.value],
  // One is enough here, and a restart is not to wait for the lease of the one before; several can share a machine.
  ...['--leader-elect', 'false', '--metrics-address', 'off'],
  ...flags,
];
