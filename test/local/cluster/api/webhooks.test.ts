import { json } from 'node:stream/consumers';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Body, CORE, configMap, type Requests, startRequests } from './requests.ts';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const hooks: Server[] = [];

afterEach(() => {
  for (const hook of hooks.splice(0)) hook.close();
});

type Answer = (request: Body) => object;

/** A webhook that answers as told, and the URL it answers on. */
async function startHook(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    void json(request).then((review: Body) => {
      const answered = { uid: review.request.uid, ...answer(review.request) };
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answered }));
    });
  });
  hooks.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const label: Answer = ({ object }) => {
  const patch = [{ op: 'add', path: '/metadata/labels', value: { ...object.metadata.labels, touched: 'yes' } }];
  return { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
};

const webhook = (clientConfig: object, more: object = {}) => ({
  name: 'label.example.dev',
  clientConfig,
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
  ...more,
});

const register = (api: Requests, one: object) =>
  api.post(CONFIGURATIONS, { metadata: { name: 'hook' }, webhooks: [one] });
const touched = async (api: Requests, object: object): Promise<unknown> =>
  (await api.post(`${CORE}/configmaps`, object)).body.metadata.labels?.touched;

test('a webhook changes what its rules name', async () => {
  const api = await startRequests();
  await register(api, webhook({ url: await startHook(label) }));
  expect(await touched(api, configMap('a'))).toBe('yes');
  const secret = await api.post(`${CORE}/secrets`, { metadata: { name: 's' } });
  expect(secret.body.metadata.labels).toBeUndefined();
});

test('selectors of objects and namespaces narrow it', async () => {
  const api = await startRequests();
  const url = await startHook(label);
  await register(api, webhook({ url }, { objectSelector: { matchLabels: { on: 'yes' } } }));
  expect(await touched(api, configMap('a'))).toBeUndefined();
  expect(await touched(api, configMap('b', {}, { labels: { on: 'yes' } }))).toBe('yes');
  await api.patch(`${CONFIGURATIONS}/hook`, {
    webhooks: [webhook({ url }, { namespaceSelector: { matchLabels: { on: 'yes' } } })],
  });
  expect(await touched(api, configMap('c'))).toBeUndefined();
  await api.patch('/api/v1/namespaces/default', { metadata: { labels: { on: 'yes' } } });
  expect(await touched(api, configMap('d'))).toBe('yes');
});

test('a refusal is told with its message', async () => {
  const api = await startRequests();
  await register(api, webhook({ url: await startHook(() => ({ allowed: false, status: { message: 'not today' } })) }));
  const { body } = await api.post(`${CORE}/configmaps`, configMap('a'));
  expect(body.message).toBe('admission webhook "label.example.dev" denied the request: not today');
});

test('one that is down fails the request, or is passed over, as it asks', async () => {
  const api = await startRequests();
  await register(api, webhook({ url: 'http://127.0.0.1:9' }));
  const failed = await api.post(`${CORE}/configmaps`, configMap('a'));
  expect(failed.body).toMatchObject({
    code: 500,
    message: expect.stringContaining('failed calling webhook "label.example.dev"'),
  });
  await api.patch(`${CONFIGURATIONS}/hook`, {
    webhooks: [webhook({ url: 'http://127.0.0.1:9' }, { failurePolicy: 'Ignore' })],
  });
  expect((await api.post(`${CORE}/configmaps`, configMap('a'))).code).toBe(201);
});

test('a service is found through the resolver', async () => {
  const base = await startHook(label);
  const api = await startRequests({
    resolveService: ({ namespace, name }) => (`${namespace}/${name}` === 'ops/hook' ? base : undefined),
  });
  await register(api, webhook({ service: { namespace: 'ops', name: 'hook', path: '/mutate' } }));
  expect(await touched(api, configMap('a'))).toBe('yes');
});

test('what a webhook takes time over is not overwritten', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a', { x: '0' }));
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['configmaps'] }];
  await register(api, webhook({ url: await startHook(() => ({ allowed: true })) }, { rules }));
  const fields = ['p', 'q', 'r', 's'];
  const replies = await Promise.all(
    fields.map((field) => api.patch(`${CORE}/configmaps/a`, { data: { [field]: '1' } })),
  );
  const written = fields.filter((_, i) => replies[i]?.code === 200);
  const { body } = await api.get(`${CORE}/configmaps/a`);
  expect(Object.keys(body.data).sort()).toEqual([...written, 'x'].sort());
});
