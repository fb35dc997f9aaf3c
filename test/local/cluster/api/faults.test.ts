import { expect, test } from 'vitest';
import { configMap, CORE, startRequests } from './requests.ts';

test('faults meet the requests they name, as often as they say', async () => {
  const api = await startRequests();
  api.server.faults.add({
    fault: { status: 429, reason: 'TooManyRequests', message: 'slow down', retryAfterSeconds: 1 },
    path: /configmaps/,
    times: 1,
  });
  expect((await api.get('/api/v1/nodes')).code).toBe(200);
  expect((await api.get(`${CORE}/configmaps`)).body).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } });
  expect((await api.get(`${CORE}/configmaps`)).code).toBe(200);
});

test('a connection can be cut and an answer can be garbage', async () => {
  const api = await startRequests();
  const remove = api.server.faults.add({ fault: 'reset' });
  await expect(fetch(`${api.server.url}/api/v1/nodes`)).rejects.toThrow(/./);
  remove();
  api.server.faults.add({ fault: 'garbage', times: 1 });
  expect(await (await fetch(`${api.server.url}/api/v1/nodes`)).text()).toContain('<html>');
});

test('a restart keeps the state, or loses it', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a'));
  const { url } = api.server;
  await api.server.restart();
  expect(api.server.url).toBe(url);
  expect((await api.get(`${CORE}/configmaps/a`)).code).toBe(200);
  await api.server.restart({ keep: false });
  expect((await api.get(`${CORE}/configmaps/a`)).code).toBe(404);
  expect((await api.get('/api/v1/namespaces/default')).code).toBe(200);
});

test('watches end when connections are dropped', async () => {
  const api = await startRequests();
  const { body } = await api.get(`${CORE}/configmaps`);
  const response = await fetch(
    `${api.server.url}${CORE}/configmaps?watch=true&resourceVersion=${body.metadata.resourceVersion}`,
  );
  api.server.dropConnections();
  await expect(response.text()).rejects.toThrow(/./);
});
