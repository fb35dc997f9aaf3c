import { expect, test } from 'vitest';
import { type Body, configMap, CORE, DEPLOYMENTS, deployment, type Requests, startRequests } from './requests.ts';

/** `manager` with what else the query says. */
const apply = (api: Requests, manager: string, body: object) =>
  api.apply(`${DEPLOYMENTS}/web?fieldManager=${manager}`, body);

const map = (data: Record<string, string>, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  ...configMap('a', data, more),
});

test('an apply creates the object and owns what it set', async () => {
  const api = await startRequests();
  const { code, body } = await apply(api, 'first', deployment('web', 2));
  expect(code).toBe(201);
  expect(body.metadata.managedFields).toMatchObject([
    { manager: 'first', operation: 'Apply', apiVersion: 'apps/v1', fieldsType: 'FieldsV1' },
  ]);
  expect(body.metadata.managedFields[0].fieldsV1['f:spec']).toEqual({
    'f:replicas': {},
    'f:selector': {},
    'f:template': {
      'f:metadata': { 'f:labels': { 'f:app': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"web"}': {
            '.': {},
            'f:name': {},
            'f:image': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
        },
      },
    },
  });
});

test('another value for a field that somebody else applied is a conflict that names both', async () => {
  const api = await startRequests();
  await apply(api, 'first', deployment('web', 2));
  const refused = await apply(api, 'second', deployment('web', 3));
  expect(refused.body).toMatchObject({
    code: 409,
    message: 'Apply failed with 1 conflict: conflict with "first": .spec.replicas',
    details: { causes: [{ reason: 'FieldManagerConflict', field: '.spec.replicas' }] },
  });
  const forced = await apply(api, 'second&force=true', deployment('web', 3));
  expect(forced.body.spec.replicas).toBe(3);
  const back = await apply(api, 'first', deployment('web', 2));
  expect(back.body.message).toContain('conflict with "second": .spec.replicas');
});

test('the same value is shared, and stays until the last owner leaves it out', async () => {
  const api = await startRequests();
  const path = (manager: string) => `${CORE}/configmaps/a?fieldManager=${manager}`;
  await api.apply(path('first'), map({ x: '1', y: '1' }));
  await api.apply(path('second'), map({ x: '1' }));
  const left = await api.apply(path('first'), map({}));
  expect(left.body.data).toEqual({ x: '1' });
  const gone = await api.apply(path('second'), map({}));
  expect(gone.body.data ?? {}).toEqual({});
});

test('an update takes the fields that it changes', async () => {
  const api = await startRequests();
  await apply(api, 'first', deployment('web', 2));
  await api.patch(`${DEPLOYMENTS}/web?fieldManager=scaler`, { spec: { replicas: 5 } });
  const refused = await apply(api, 'first', deployment('web', 2));
  expect(refused.body.message).toBe(
    'Apply failed with 1 conflict: conflict with "scaler" using apps/v1: .spec.replicas',
  );
  const { body } = await apply(api, 'first', deployment('web'));
  expect(body.spec.replicas).toBe(5);
});

test('conditions have owners one by one, and an empty apply takes ours away only', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/pods`, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  await api.patch(`${CORE}/pods/p/status?fieldManager=kubelet`, {
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const gate = (conditions: object[]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    status: { conditions },
  });
  const path = `${CORE}/pods/p/status?fieldManager=podwire`;
  const set = await api.apply(path, gate([{ type: 'x/gate', status: 'True' }]));
  expect(set.body.status.conditions.map((one: Body) => one.type).sort()).toEqual(['Ready', 'x/gate']);
  const same = await api.apply(path, gate([{ type: 'x/gate', status: 'True' }]));
  expect(same.body.metadata.resourceVersion).toBe(set.body.metadata.resourceVersion);
  const empty = await api.apply(path, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } });
  expect(empty.body.status.conditions.map((one: Body) => one.type)).toEqual(['Ready']);
  expect((await api.apply(`${CORE}/pods/nope/status?fieldManager=podwire`, gate([]))).body.code).toBe(400);
});

test('a status cannot be applied to what is not there, nor with the uid of another', async () => {
  const api = await startRequests();
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, status: { phase: 'Running' } };
  expect((await api.apply(`${CORE}/pods/p/status?fieldManager=podwire`, body)).code).toBe(404);
  await api.post(`${CORE}/pods`, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  const other = { ...body, metadata: { name: 'p', uid: 'other' } };
  const { body: status } = await api.apply(`${CORE}/pods/p/status?fieldManager=podwire`, other);
  expect([status.code, status.details.causes[0].message]).toEqual([422, 'Invalid value: "other": field is immutable']);
});

test('an apply without a manager, or with a field nobody knows, is refused', async () => {
  const api = await startRequests();
  expect((await api.apply(`${CORE}/configmaps/a`, map({}))).body.message).toContain('fieldManager: Required value');
  const { body } = await api.apply(`${CORE}/configmaps/a?fieldManager=m`, { ...map({}), dada: {} });
  expect(body.message).toContain('.dada: field not declared in schema');
});

test('a container that is no longer applied goes with its defaults', async () => {
  const api = await startRequests();
  const two = deployment('web', 1);
  two.spec.template.spec.containers.push({ name: 'side', image: 'side:1', ports: [] });
  await apply(api, 'first', two);
  const { body } = await apply(api, 'first', deployment('web', 1));
  expect(body.spec.template.spec.containers.map((one: Body) => one.name)).toEqual(['web']);
});
