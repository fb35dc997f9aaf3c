import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBundle } from '../../scripts/bundle/bundle.ts';
import { SETTINGS } from '../../src/local/aws/settings.ts';
import { freePorts } from '../../src/local/free-port.ts';
import { type GuardedProcess, startGuarded } from '../../src/local/guarded-process.ts';
import { permitOperator } from '../../src/local/operator-rights.ts';
import { REGION } from '../../src/local/vpc.ts';
import { imageEntrypoint } from '../../src/node-flags.ts';

/** A folder as the image has it: the bundle and nothing else, read-only, with an empty node_modules in its way. */
export async function makeApp(dir: string): Promise<string> {
  const app = join(dir, 'app');
  await writeBundle('operator', { root: process.cwd(), outdir: app });
  await mkdir(join(app, 'node_modules'));
  for (const file of await readdir(app)) await chmod(join(app, file), file === 'node_modules' ? 0o555 : 0o444);
  await chmod(app, 0o555);
  return app;
}

/** The image's entrypoint where `dir` stands for the root of its file system. */
const entrypointIn = (dir: string): [string, ...string[]] => {
  const inside = (flag: string): string => flag.replace('=/etc/podwire/', `=${join(dir, 'config')}/`);
  const [node, ...flags] = imageEntrypoint({ node: process.execPath, app: join(dir, 'app') });
  return [node, ...flags.map(inside)];
};

export type Ended = { code: number; told: string };

/** Runs what lies in `app` to its end, with nothing in its environment. */
export function runContained(dir: string, args: string[], [file, ...flags] = entrypointIn(dir)): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, [...flags, ...args], { cwd: dir, env: {} }, (error, out, told) =>
      resolve({ code: Number(error?.code ?? 0), told: out + told }),
    );
  });
}

type Contained = { program: GuardedProcess; log: string; metrics: string };

/** Starts the operator of `app` with nothing in its environment but what the chart gives it. */
export async function startContained(given: {
  dir: string;
  kubeconfig: string;
  awsUrl: string;
  /** More flags of Node. */
  flags?: string[];
}): Promise<Contained> {
  const { dir, awsUrl, flags = [] } = given;
  await mkdir(join(dir, 'config'), { recursive: true });
  await cp(given.kubeconfig, join(dir, 'config', 'kubeconfig'));
  const address = `127.0.0.1:${(await freePorts(1))[0]}`;
  const [file, ...args] = entrypointIn(dir);
  const log = join(dir, 'contained.log');
  const credentials = await permitOperator(awsUrl, SETTINGS.clusterName.value);
  const settings = {
    'cluster-name': SETTINGS.clusterName.value,
    region: REGION,
    'vpc-id': SETTINGS.vpcId.value,
    'aws-endpoint-url': awsUrl,
    kubeconfig: join(dir, 'config', 'kubeconfig'),
    'metrics-address': address,
  };
  const program = startGuarded({
    file,
    args: [...flags, ...args, 'run', ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
    env: { HOME: dir, AWS_EC2_METADATA_DISABLED: 'true', ...credentials },
    log,
  });
  return { program, log, metrics: `http://${address}/metrics` };
}
