import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { permitOperator } from '../../src/local/operator-rights.ts';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import { SETTINGS } from '../../src/local/aws/settings.ts';

export type BenchedOperator = {
  /** `performance.now()` when it was started, and when its controllers ran. */
  startedAt: number;
  runningAt: number;
  /** Resident memory now, MB. */
  rssMb(): Promise<number>;
  stop(): Promise<void>;
};

export type OperatorOptions = { bundle: string; kubeconfig: string; awsUrl: string; log: string };

/** Starts the bundle as the image does, in a process of its own. Resolves when its controllers run. */
export async function startBundle({ bundle, kubeconfig, awsUrl, log }: OperatorOptions): Promise<BenchedOperator> {
  const flags = {
    kubeconfig,
    'aws-endpoint-url': awsUrl,
    'cluster-name': SETTINGS.clusterName.value,
    region: SETTINGS.region.value,
    'vpc-id': SETTINGS.vpcId.value,
    'leader-elect': 'false',
    'metrics-address': 'off',
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const credentials = await permitOperator(awsUrl, SETTINGS.clusterName.value);
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...NODE_FLAGS, bundle, 'run', ...args], {
    env: { ...process.env, ...credentials },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => void child.kill('SIGKILL');
  process.on('exit', kill);
  const exited = once(child, 'exit').then(() => void process.off('exit', kill));
  await Promise.race([running(child, log), exited.then(() => Promise.reject(new Error(`the operator ended: ${log}`)))]);
  return {
    startedAt,
    runningAt: performance.now(),
    rssMb: () => rssOf(child.pid ?? 0),
    stop: () => stop(child, exited),
  };
}

function running(child: ChildProcess, log: string): Promise<void> {
  child.stdout?.pipe(createWriteStream(log, { flags: 'a' }));
  return new Promise((resolve) => {
    let said = '';
    const listen = (piece: Buffer): void => {
      said += piece.toString();
      if (!said.includes('"msg":"running"')) return;
      child.stdout?.off('data', listen);
      resolve();
    };
    child.stdout?.on('data', listen);
  });
}

async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await exited;
  clearTimeout(timer);
}
