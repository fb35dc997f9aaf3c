import { expect, test } from 'vitest';
import { configMap, CORE, DEPLOYMENTS, deployment, startRequests } from './requests.ts';

test('a created object carries what the server writes, and is found again', async () => {
  const api = await startRequests();
  const { code, body } = await api.post(`${CORE}/configmaps`, configMap('a', { x: '1' }));
  expect(code).toBe(201);
  expect(body.metadata).toMatchObject({
    name: 'a',
    namespace: 'default',
    uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect((await api.get(`${CORE}/configmaps/a`)).body).toEqual(body);
});

test('errors are Statuses in the words of the real server', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a'));
  const again = await api.post(`${CORE}/configmaps`, configMap('a'));
  expect(again.body).toMatchObject({ code: 409, reason: 'AlreadyExists', message: 'configmaps "a" already exists' });
  const missing = await api.get(`${DEPLOYMENTS}/nope`);
  expect(missing.body).toMatchObject({
    code: 404,
    reason: 'NotFound',
    message: 'deployments.apps "nope" not found',
    details: { kind: 'deployments', group: 'apps', name: 'nope' },
  });
  const elsewhere = await api.post('/api/v1/namespaces/nope/configmaps', configMap('a'));
  expect(elsewhere.body).toMatchObject({ code: 404, message: 'namespaces "nope" not found' });
  const named = await api.post(`${CORE}/configmaps`, configMap('Bad_Name'));
  expect(named.body).toMatchObject({
    code: 422,
    reason: 'Invalid',
    details: { kind: 'ConfigMap', causes: [{ field: 'metadata.name', reason: 'FieldValueInvalid' }] },
  });
});

test('a stale resourceVersion is a conflict, and the current one is not', async () => {
  const api = await startRequests();
  const { body } = await api.post(`${CORE}/configmaps`, configMap('a'));
  const next = await api.put(`${CORE}/configmaps/a`, { ...body, data: { x: '1' } });
  expect(next.code).toBe(200);
  const stale = await api.put(`${CORE}/configmaps/a`, { ...body, data: { x: '2' } });
  expect(stale.body).toMatchObject({ code: 409, reason: 'Conflict' });
  expect((await api.get(`${CORE}/configmaps/a`)).body.data).toEqual({ x: '1' });
});

test('a write that changes nothing does not move the resourceVersion', async () => {
  const api = await startRequests();
  const { body } = await api.post(DEPLOYMENTS, deployment('web', 2));
  const same = await api.patch(`${DEPLOYMENTS}/web`, { spec: { replicas: 2 } });
  expect(same.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
});

test('generation counts changes of the spec and of nothing else', async () => {
  const api = await startRequests();
  await api.post(DEPLOYMENTS, deployment('web', 2));
  const labelled = await api.patch(`${DEPLOYMENTS}/web`, { metadata: { labels: { a: 'b' } } });
  expect(labelled.body.metadata.generation).toBe(1);
  const scaled = await api.patch(`${DEPLOYMENTS}/web`, { spec: { replicas: 3 } });
  expect(scaled.body.metadata.generation).toBe(2);
  const reported = await api.patch(`${DEPLOYMENTS}/web/status`, { status: { replicas: 3 } });
  expect(reported.body.metadata.generation).toBe(2);
});

test('the status is written at its own address only, and the spec not there', async () => {
  const api = await startRequests();
  await api.post(DEPLOYMENTS, { ...deployment('web', 2), status: { replicas: 9 } });
  expect((await api.get(`${DEPLOYMENTS}/web`)).body.status.replicas).toBeUndefined();
  await api.patch(`${DEPLOYMENTS}/web`, { status: { replicas: 9 } });
  expect((await api.get(`${DEPLOYMENTS}/web`)).body.status.replicas).toBeUndefined();
  const { body } = await api.patch(`${DEPLOYMENTS}/web/status`, { spec: { replicas: 7 }, status: { replicas: 1 } });
  expect([body.spec.replicas, body.status.replicas]).toEqual([2, 1]);
});

test('generateName makes names of its own', async () => {
  const api = await startRequests();
  const names = await Promise.all(
    [1, 2].map(
      async () => (await api.post(`${CORE}/configmaps`, { metadata: { generateName: 'a-' } })).body.metadata.name,
    ),
  );
  expect(new Set(names).size).toBe(2);
  expect(names.every((name) => /^a-[a-z0-9]{5}$/.test(name))).toBe(true);
});

test('an unknown field fails a strict request, is warned of in a warning one, and never kept', async () => {
  const api = await startRequests();
  const body = { ...configMap('a'), dada: { x: '1' } };
  const strict = await api.post(`${CORE}/configmaps?fieldValidation=Strict`, body);
  expect(strict.body).toMatchObject({
    code: 400,
    message: expect.stringContaining('strict decoding error: unknown field "dada"'),
  });
  const warned = await api.post(`${CORE}/configmaps`, body);
  expect([warned.code, warned.warnings]).toEqual([201, '299 - "unknown field \\"dada\\""']);
  expect(warned.body.dada).toBeUndefined();
});

test('a dry run answers and stores nothing', async () => {
  const api = await startRequests();
  expect((await api.post(`${CORE}/configmaps?dryRun=All`, configMap('a'))).code).toBe(201);
  expect((await api.get(`${CORE}/configmaps/a`)).code).toBe(404);
});

test('defaults of a deployment and its pods are filled in, and its selector stays', async () => {
  const api = await startRequests();
  const { body } = await api.post(DEPLOYMENTS, deployment('web'));
  expect(body.spec).toMatchObject({
    replicas: 1,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    progressDeadlineSeconds: 600,
  });
  expect(body.spec.template.spec).toMatchObject({
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    containers: [{ imagePullPolicy: 'IfNotPresent', ports: [{ protocol: 'TCP' }] }],
  });
  const moved = await api.patch(`${DEPLOYMENTS}/web`, { spec: { selector: { matchLabels: { app: 'other' } } } });
  expect(moved.body.details.causes).toContainEqual(
    expect.objectContaining({ field: 'spec.selector', message: expect.stringContaining('field is immutable') }),
  );
});

test('an Ingress without a pathType is refused with the field', async () => {
  const api = await startRequests();
  const rules = [{ http: { paths: [{ path: '/', backend: { service: { name: 'web', port: { number: 80 } } } }] } }];
  const { body } = await api.post('/apis/networking.k8s.io/v1/namespaces/default/ingresses', {
    metadata: { name: 'i' },
    spec: { rules },
  });
  expect(body.message).toBe(
    'Ingress.networking.k8s.io "i" is invalid: spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
  );
});

test('a preStop sleep must fit into the grace period', async () => {
  const api = await startRequests();
  const containers = [{ name: 'c', image: 'i', lifecycle: { preStop: { sleep: { seconds: 40 } } } }];
  const refused = await api.post(`${CORE}/pods`, { metadata: { name: 'p' }, spec: { containers } });
  expect(refused.body.details.causes[0].field).toBe('spec.containers[0].lifecycle.preStop.sleep');
  const fits = await api.post(`${CORE}/pods`, {
    metadata: { name: 'p' },
    spec: { terminationGracePeriodSeconds: 40, containers },
  });
  expect(fits.code).toBe(201);
});

test('what is not served says so', async () => {
  const api = await startRequests();
  const role = await api.post('/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name: 'r' } });
  expect(role.body).toMatchObject({
    code: 501,
    reason: 'NotImplemented',
    message: expect.stringContaining("Podwire's local cluster does not do RBAC"),
  });
  const policy = await api.post('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', {
    metadata: { name: 'p' },
  });
  expect(policy.body.message).toContain('CEL');
  expect((await api.get('/apis/nope.example/v1/things')).code).toBe(404);
});

test('a wrong token, and a web page, are not let in', async () => {
  const { server } = await startRequests();
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${server.url}/api/v1/pods`, { headers })).status;
  expect(await ask({ authorization: 'Bearer other' })).toBe(401);
  expect(await ask({ origin: 'https://example.com' })).toBe(401);
  expect(await ask({ authorization: `Bearer ${server.token}` })).toBe(200);
});
