import { expect, test } from 'vitest';
import { BUILT_IN_KINDS, groupVersion } from '../../../../src/local/cluster/api/kinds.ts';
import { type Body, configMap, CORE, DEPLOYMENTS, deployment, eventAbout, startRequests } from './requests.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

test('tables have the columns of kubectl get', async () => {
  const api = await startRequests();
  await api.post(DEPLOYMENTS, deployment('web', 3));
  await api.patch(`${DEPLOYMENTS}/web/status`, {
    status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
  });
  const { body } = await api.get(DEPLOYMENTS, TABLE);
  expect(body.columnDefinitions.filter((one: Body) => one.priority === 0).map((one: Body) => one.name)).toEqual([
    'Name',
    'Ready',
    'Up-to-date',
    'Available',
    'Age',
  ]);
  expect(body.rows[0].cells.slice(0, 4)).toEqual(['web', '2/3', 3, 1]);
  expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'web' } });
});

test('metadata alone can be listed', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a', { x: '1' }));
  const { body } = await api.get(
    `${CORE}/configmaps`,
    'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  );
  expect(body.kind).toBe('PartialObjectMetadataList');
  expect(body.items[0].data).toBeUndefined();
});

test('an event is one object in two API groups', async () => {
  const api = await startRequests();
  const regarding = { kind: 'Ingress', name: 'i', namespace: 'default' };
  const event = { metadata: { name: 'e' }, ...eventAbout(regarding) };
  expect((await api.post('/apis/events.k8s.io/v1/namespaces/default/events', event)).code).toBe(201);
  const { body } = await api.get(`${CORE}/events?fieldSelector=involvedObject.name%3Di,involvedObject.kind%3DIngress`);
  expect(body.items).toMatchObject([
    { message: 'made it', reportingComponent: 'podwire.dev', involvedObject: regarding },
  ]);
  expect((await api.get('/apis/events.k8s.io/v1/namespaces/default/events/e')).body).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    note: 'made it',
    regarding,
  });
});

test('scale reads and writes the replicas', async () => {
  const api = await startRequests();
  await api.post(DEPLOYMENTS, deployment('web', 3));
  const { body } = await api.get(`${DEPLOYMENTS}/web/scale`);
  expect([body.spec.replicas, body.status.selector]).toEqual([3, 'app=web']);
  await api.put(`${DEPLOYMENTS}/web/scale`, { ...body, spec: { replicas: 5 } });
  expect((await api.get(`${DEPLOYMENTS}/web`)).body.spec.replicas).toBe(5);
  expect((await api.put(`${DEPLOYMENTS}/web/scale`, body)).code).toBe(409);
});

test('every kind is discovered, described and listed', async () => {
  const api = await startRequests();
  for (const kind of BUILT_IN_KINDS) {
    const path = `${kind.group === '' ? 'api' : 'apis'}/${groupVersion(kind)}`;
    const { resources } = (await api.get(`/${path}`)).body;
    expect(resources).toContainEqual(expect.objectContaining({ name: kind.plural, kind: kind.kind }));
    const { components, paths } = (await api.get(`/openapi/v3/${path}`)).body;
    expect(components.schemas[kind.schemaName].properties.metadata).toBeDefined();
    expect(Object.keys(paths).some((one) => one.endsWith(`/${kind.plural}/{name}`))).toBe(true);
    expect((await api.get(`/${path}/${kind.plural}`)).body.kind).toBe(`${kind.kind}List`);
  }
});

test('every reference of the OpenAPI documents leads somewhere', async () => {
  const api = await startRequests();
  const index = (await api.get('/openapi/v3')).body.paths as Record<string, { serverRelativeURL: string }>;
  for (const { serverRelativeURL } of Object.values(index)) {
    const { body } = await api.get(serverRelativeURL);
    const references = [...JSON.stringify(body).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      (match) => match[1] as string,
    );
    expect(references.filter((name) => !(name in body.components.schemas))).toEqual([]);
  }
});

test('health and version are open to everyone', async () => {
  const { server } = await startRequests();
  for (const path of ['healthz', 'livez', 'readyz'])
    expect(await (await fetch(`${server.url}/${path}`)).text()).toBe('ok');
  expect(await (await fetch(`${server.url}/version`)).json()).toMatchObject({ major: '1' });
});
