import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LogServer, serveLogs } from '../../../../../src/local/cluster/kubelet/program/log-server.ts';

describe('the logs of programs', () => {
  let dir: string;
  let server: LogServer;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'podwire-logs-'));
    const write = async (pod: string, file: string, text: string) => {
      await mkdir(join(dir, pod, 'logs'), { recursive: true });
      await writeFile(join(dir, pod, 'logs', file), text);
    };
    await write('shop_web_1', 'app-0.log', 'of the pod before\n');
    await utimes(join(dir, 'shop_web_1'), 1, 1);
    await write('shop_web-2_7', 'app-0.log', 'of another pod\n');
    await write('shop_web_2', 'app-0.log', 'first life\n');
    await write('shop_web_2', 'app-1.log', 'one\ntwo\nthree\n');
    await write('shop_web_2', 'app-proxy-0.log', 'of another container\n');
    server = await serveLogs(dir);
  });
  afterAll(async () => {
    server.close();
    await rm(dir, { recursive: true, force: true });
  });

  // No certificate of a kubelet is checked by an API server that was not told by whom.
  const ask = (path: string): Promise<{ status: number | undefined; text: string }> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.port, path, rejectUnauthorized: false, agent: false };
      const asking = request(options, (answer) => {
        let text = '';
        answer.on('data', (data: Buffer) => (text += data.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode, text }));
      });
      asking.on('error', reject);
      asking.end();
    });

  test.each([
    ['/containerLogs/shop/web/app', 'one\ntwo\nthree\n'],
    ['/containerLogs/shop/web/app?tailLines=2', 'two\nthree\n'],
    ['/containerLogs/shop/web/app-proxy', 'of another container\n'],
    ['/containerLogs/shop/web-2/app', 'of another pod\n'],
  ])('%s is what it printed last', async (path, text) => expect(await ask(path)).toEqual({ status: 200, text }));

  test.each(['/containerLogs/shop/none/app', '/containerLogs/shop/web/none', '/containerLogs/../..', '/stats'])(
    '%s is not there',
    async (path) => expect((await ask(path)).status).toBe(404),
  );
});
