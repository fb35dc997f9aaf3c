import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../src/local/until.ts';
import type { Endpoint } from '../endpoint.ts';

/** The Python of an environment with `localstack-core[runtime]` in it, or why there is none. */
export function findRuntime(
  env: Record<string, string | undefined> = process.env,
): { path: string } | { missing: string } {
  const path = env['PODWIRE_LOCALSTACK_PYTHON'];
  return path ? { path } : { missing: 'PODWIRE_LOCALSTACK_PYTHON is not set (docs/endpoints.md says how to get it)' };
}

/** LocalStack without a container and without a licence, on a free port of 127.0.0.1. */
export async function openRuntime(python: string): Promise<Endpoint> {
  const folder = await mkdtemp(join(tmpdir(), 'podwire-localstack-'));
  const port = await freePort();
  const child = spawn(python, ['-m', 'localstack.runtime.main'], { env: settingsOf(port, folder), stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    await stop(child);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await until('LocalStack', () => serves(child, url), START_MS);
  } catch (error) {
    await close();
    throw error;
  }
  return { name: 'LocalStack runtime', url, region: 'eu-central-1', dials: 'nothing', close };
}

const START_MS = 120_000;

/** Its default server binds every address, so hypercorn it is; no DNS server, no telemetry, no download of a certificate. */
const settingsOf = (port: number, folder: string): Record<string, string | undefined> => ({
  PATH: process.env['PATH'],
  HOME: folder,
  FILESYSTEM_ROOT: folder,
  GATEWAY_SERVER: 'hypercorn',
  GATEWAY_LISTEN: `127.0.0.1:${port}`,
  OVERRIDE_IN_DOCKER: '0',
  DNS_ADDRESS: '0',
  DISABLE_EVENTS: '1',
  SKIP_SSL_CERT_DOWNLOAD: '1',
});

async function serves(child: ChildProcess, url: string): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`LocalStack: ended with ${child.exitCode} before it served`);
  return fetch(`${url}/_localstack/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL'); // it keeps nothing
  await gone;
}
