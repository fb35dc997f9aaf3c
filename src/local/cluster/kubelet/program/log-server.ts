import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { mintCertificate } from '../../../../certificate.ts';
import { realClock } from '../../../../runtime/clock.ts';

export type LogServer = { port: number; close(): void };

/** Path by which an API server asks a kubelet for what a container printed. */
const ASKED = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/;

/** Serves what programs printed, on loopback: `kubectl logs`, and Helm where a hook failed, ask for it through the API server. */
export async function serveLogs(dir: string): Promise<LogServer> {
  const { certificate: cert, privateKey: key } = await mintCertificate(['127.0.0.1'], new Date(realClock.now()));
  const server = createServer({ cert, key }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://node');
    const [, namespace = '', pod = '', container = ''] = ASKED.exec(pathname) ?? [];
    const lines = Number(searchParams.get('tailLines') ?? Number.POSITIVE_INFINITY);
    void logOf(dir, { namespace, pod, container }).then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain' }).end(lastLines(text, lines)),
      (error: Error) => response.writeHead(404).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

type Asked = { namespace: string; pod: string; container: string };

/** Of the youngest pod of that name, the last life of the container. Throws where there is none. */
async function logOf(dir: string, { namespace, pod, container }: Asked): Promise<string> {
  const folders = (await readdir(dir)).filter((name) => name.startsWith(`${namespace}_${pod}_`));
  const dated = await Promise.all(folders.map(async (name) => ({ name, at: (await stat(join(dir, name))).mtimeMs })));
  const { name: folder } = dated.toSorted((a, b) => b.at - a.at)[0] ?? notFound(pod);
  const lives = (await readdir(join(dir, folder, 'logs'))).flatMap((file) => {
    const [, of, life] = /^(.+)-(\d+)\.log$/.exec(file) ?? [];
    return of === container ? [{ file, life: Number(life) }] : [];
  });
  const { file } = lives.toSorted((a, b) => b.life - a.life)[0] ?? notFound(container);
  return readFile(join(dir, folder, 'logs', file), 'utf8');
}

function notFound(name: string): never {
  throw new Error(`${name} has printed nothing`);
}

function lastLines(text: string, count: number): string {
  if (!Number.isFinite(count)) return text;
  const lines = text.split('\n');
  return lines.slice(Math.max(0, lines.length - 1 - count)).join('\n');
}
