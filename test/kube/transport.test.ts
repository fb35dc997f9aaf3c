import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Conflict, Denied, Gone, Invalid, NotLeader, Retry, Throttled } from '../../src/errors.ts';
import { accessOf } from '../../src/kube/access.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { readKubeconfig } from '../../src/kube/kubeconfig.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { Transport } from '../../src/kube/transport.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { FakeApiServer, json, status } from './fake-api-server.ts';

let server: FakeApiServer;
let transport: Transport;
const { ingress } = RESOURCES;
const web = { namespace: 'shop', name: 'web' };

const clientTo = (url: string, limitMs = 5_000) => {
  transport = new Transport({ server: url, tls: {}, headers: async () => ({}) }, { clock: realClock, limitMs });
  return kubeClient({ transport, clock: realClock });
};
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );

beforeEach(async () => {
  server = await FakeApiServer.start();
});
afterEach(async () => {
  transport.close();
  await server.close();
});

test.each([
  [400, Invalid, 'ingresses.networking.k8s.io shop/web'],
  [403, Denied, ''],
  [404, Gone, ''],
  [409, Conflict, ''],
  [410, Retry, ''],
  [429, Throttled, ''],
  [500, Retry, ''],
  [503, Retry, ''],
])('status %s is an error of the closed set that names the object', async (code, kind, field) => {
  server.next.push((_request, response) => json(response, code, status(code, 'because')));
  const error = await failure(clientTo(server.url).patch(ingress, web, { type: 'merge', body: {} }));
  expect(error).toBeInstanceOf(kind);
  expect(error.message).toContain(`patch ingresses.networking.k8s.io shop/web: ${code} because`);
  expect(error instanceof Invalid ? error.field : '').toBe(field);
});

test('a refused field is named', async () => {
  const details = { causes: [{ field: 'spec.rules[0].host', message: 'Invalid value' }] };
  server.next.push((_request, response) => json(response, 422, status(422, 'Ingress "web" is invalid', { details })));
  const error = await failure(clientTo(server.url).patch(ingress, web, { type: 'merge', body: {} }));
  expect(error).toMatchObject({ field: 'spec.rules[0].host' });
});

test('Retry-After of a throttle is passed on', async () => {
  server.next.push((_request, response) => void response.writeHead(429, { 'retry-after': '7' }).end());
  expect(await failure(clientTo(server.url).list(ingress))).toMatchObject({ afterMs: 7_000 });
});

test.each(['<html>Bad Gateway</html>', '{"metadata":{"name":', '', 'null', '[1]'])(
  'an answer of %j is to be tried again',
  async (body) => {
    const api = clientTo(server.url);
    server.next.push((_request, response) => void response.writeHead(200).end(body));
    const got = await failure(api.get(ingress, web));
    expect(got).toBeInstanceOf(Retry);
    expect(got.message).toContain('wanted JSON of the API server, given');
    server.next.push((_request, response) => void response.writeHead(200).end(body));
    expect(await failure(api.list(ingress))).toBeInstanceOf(Retry);
  },
);

test('a slow answer is given up, and so is a connection that nobody answers', async () => {
  server.next.push(() => undefined);
  expect((await failure(clientTo(server.url, 50).list(ingress))).message).toBe(
    'list ingresses.networking.k8s.io: no answer of the API server within 0.05 s',
  );
});

test('an answer cut short is to be tried again', async () => {
  server.next.push((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"metadata":', () => response.destroy());
  });
  expect(await failure(clientTo(server.url).get(ingress, web))).toBeInstanceOf(Retry);
});

test('a refused connection says so in one line', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const error = await failure(clientTo(`http://127.0.0.1:${port}`).list(ingress));
  expect(error).toBeInstanceOf(Retry);
  expect(error.message).toBe('list ingresses.networking.k8s.io: the API server refuses the connection');
});

test('a token that was rotated is read again, once', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'podwire-'));
  await writeFile(join(dir, 'token'), 'old\n');
  const config = {
    clusters: [{ name: 'c', cluster: { server: server.url } }],
    users: [{ name: 'u', user: { tokenFile: 'token' } }],
  };
  const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
  await writeFile(join(dir, 'config'), JSON.stringify({ ...config, contexts, 'current-context': 'x' }));
  const access = await accessOf(await readKubeconfig(join(dir, 'config')), realClock);
  transport = new Transport(access, { clock: realClock });
  const api = kubeClient({ transport, clock: realClock });
  await api.list(ingress);
  await writeFile(join(dir, 'token'), 'new\n');
  const deny = (_request: unknown, response: Parameters<typeof json>[0]): void =>
    json(response, 401, status(401, 'Unauthorized'));
  server.next.push(deny);
  await api.list(ingress);
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer old',
    'Bearer old',
    'Bearer new',
  ]);
  server.next.push(deny, deny);
  expect(await failure(api.list(ingress))).toBeInstanceOf(Denied);
  await rm(dir, { recursive: true });
});

test('many calls use few connections', async () => {
  const api = clientTo(server.url);
  for (let n = 0; n < 100; n++) await api.list(ingress);
  expect(server.connections).toBe(1);
  expect(transport.stats).toMatchObject({ calls: 100, connections: 1 });
});

test('each kind of patch has its content type, and an apply its manager', async () => {
  const api = clientTo(server.url);
  const types: unknown[] = [];
  const note = (count: number): void => {
    for (let n = 0; n < count; n++) {
      server.next.push(({ headers, path, query }, response) => {
        types.push([headers['content-type'], path.split('/').at(-1), query.get('fieldManager'), query.get('force')]);
        json(response, 200, { metadata: { name: 'web' } });
      });
    }
  };
  note(3);
  await api.patch(ingress, web, { type: 'merge', body: {}, subresource: 'status' });
  await api.patch(ingress, web, { type: 'json', body: [] });
  await api.patch(ingress, web, {
    type: 'apply',
    body: { metadata: { name: 'web' } },
    fieldManager: 'gate',
    force: true,
  });
  expect(types).toEqual([
    ['application/merge-patch+json', 'status', 'podwire', null],
    ['application/json-patch+json', 'web', 'podwire', null],
    ['application/apply-patch+yaml', 'web', 'gate', 'true'],
  ]);
});

test('a write asks the fence when its connection stands, and against it sends nothing', async () => {
  const answers: (() => void)[] = [];
  const headers = () => new Promise<Record<string, string>>((resolve) => answers.push(() => resolve({})));
  let open = true;
  const fence = (): void => {
    if (!open) throw new NotLeader('not held');
  };
  transport = new Transport({ server: server.url, tls: {}, headers }, { clock: realClock });
  const kube = kubeClient({ transport, clock: realClock, fence });
  const writing = failure(kube.patch(ingress, web, { type: 'merge', body: {} }));
  open = false; // while its credentials are still on their way
  answers.shift()?.();
  expect(await writing).toBeInstanceOf(NotLeader);
  expect(server.requests).toEqual([]);
  for (const resource of [RESOURCES.event, RESOURCES.lease]) {
    server.next.push((_request, response) => json(response, 200, { metadata: { name: 'web' } }));
    const free = kube.patch(resource, web, { type: 'merge', body: {} });
    answers.shift()?.();
    await free;
  }
  open = true;
  server.next.push((_request, response) => json(response, 200, { metadata: { name: 'web' } }));
  const allowed = kube.patch(ingress, web, { type: 'merge', body: {} });
  answers.shift()?.();
  await allowed;
  expect(server.requests.map(({ method }) => method)).toEqual(['PATCH', 'PATCH', 'PATCH']);
});
