import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromFieldsV1, toFieldsV1 } from '../../../../src/local/cluster/api/fields/paths.ts';
import { mergePatch } from '../../../../src/local/cluster/api/patch.ts';
import {
  type Body,
  configMap,
  CORE,
  DEPLOYMENTS,
  deployment,
  JSON_PATCH,
  startRequests,
  STRATEGIC,
} from './requests.ts';

test('a JSON patch is whole or nothing', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a', { x: '1' }));
  const half = [
    { op: 'replace', path: '/data/x', value: '2' },
    { op: 'test', path: '/data/x', value: '3' },
  ];
  expect((await api.patch(`${CORE}/configmaps/a`, half, JSON_PATCH)).code).toBe(422);
  expect((await api.get(`${CORE}/configmaps/a`)).body.data).toEqual({ x: '1' });
  const { body } = await api.patch(`${CORE}/configmaps/a`, [{ op: 'add', path: '/data/y', value: '2' }], JSON_PATCH);
  expect(body.data).toEqual({ x: '1', y: '2' });
});

test('a merge patch replaces lists and removes nulls', () => {
  expect(mergePatch({ a: [1], b: { c: 1, d: 2 } }, { a: [2], b: { c: null } })).toEqual({ a: [2], b: { d: 2 } });
});

test('a strategic merge merges containers by name, ports by port, and deletes what it names', async () => {
  const api = await startRequests();
  await api.post(DEPLOYMENTS, deployment('web', 1));
  const patch = {
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'web', image: 'shop:2', ports: [{ containerPort: 81 }] },
            { name: 'side', image: 'side:1' },
          ],
        },
      },
    },
  };
  const both = (await api.patch(`${DEPLOYMENTS}/web`, patch, STRATEGIC)).body.spec.template.spec.containers;
  expect(both.map((one: Body) => [one.name, one.image])).toEqual([
    ['web', 'shop:2'],
    ['side', 'side:1'],
  ]);
  expect(both[0].ports.map((one: Body) => one.containerPort).sort()).toEqual([80, 81]);
  const drop = { spec: { template: { spec: { containers: [{ name: 'side', $patch: 'delete' }] } } } };
  const one = (await api.patch(`${DEPLOYMENTS}/web`, drop, STRATEGIC)).body.spec.template.spec.containers;
  expect(one.map((container: Body) => container.name)).toEqual(['web']);
});

test('a strategic merge keeps the order that it is given', async () => {
  const api = await startRequests();
  const ports = [
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
  ];
  await api.post(`${CORE}/services`, { metadata: { name: 's' }, spec: { ports } });
  const { body } = await api.patch(
    `${CORE}/services/s`,
    { spec: { '$setElementOrder/ports': [{ port: 443 }, { port: 80 }] } },
    STRATEGIC,
  );
  expect(body.spec.ports.map((port: Body) => port.port)).toEqual([443, 80]);
});

test('finalizers are a set to a strategic merge, and $deleteFromPrimitiveList takes from it', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a', {}, { finalizers: ['x.y/a'] }));
  const added = await api.patch(`${CORE}/configmaps/a`, { metadata: { finalizers: ['x.y/b'] } }, STRATEGIC);
  expect([...added.body.metadata.finalizers].sort()).toEqual(['x.y/a', 'x.y/b']);
  const removed = await api.patch(
    `${CORE}/configmaps/a`,
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['x.y/a'] } },
    STRATEGIC,
  );
  expect(removed.body.metadata.finalizers).toEqual(['x.y/b']);
});

test('changing the strategy drops what belongs to the old one', async () => {
  const api = await startRequests();
  await api.post(DEPLOYMENTS, deployment('web', 1));
  const { body } = await api.patch(
    `${DEPLOYMENTS}/web`,
    { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    STRATEGIC,
  );
  expect(body.spec.strategy).toEqual({ type: 'Recreate' });
});

test('a wrong uid in a patch is an immutable field, not a conflict', async () => {
  const api = await startRequests();
  await api.post(`${CORE}/configmaps`, configMap('a'));
  const { body } = await api.patch(`${CORE}/configmaps/a`, { metadata: { uid: 'other' } });
  expect([body.code, body.details.causes[0].field]).toEqual([422, 'metadata.uid']);
});

test('field sets survive FieldsV1', () => {
  const step = fc.oneof(fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"'));
  const path = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join('\0'));
  fc.assert(
    fc.property(fc.uniqueArray(path), (paths) => {
      expect([...fromFieldsV1(toFieldsV1(new Set(paths)))].sort()).toEqual([...paths].sort());
    }),
  );
});
