import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { Condition } from '../../src/cluster/objects.ts';
import { Conflict, Gone } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import {
  addFinalizer,
  ensureObject,
  mergePatchOf,
  removeFinalizer,
  setCondition,
  writeStatus,
} from '../../src/kube/write.ts';
import { createCluster } from '../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../src/local/cluster/api/kube-api.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const { ingress, service } = RESOURCES;
const key = { namespace: 'default', name: 'web' };
const SPEC = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } };
let kube: KubeApi;
let uid: string;

beforeEach(async () => {
  kube = localKubeApi(createCluster({ clock: new VirtualClock() }));
  const made = await kube.create(ingress, { metadata: { ...key }, spec: SPEC });
  uid = made.metadata.uid;
});

const finalizers = async (): Promise<string[]> => (await kube.get(ingress, key))?.metadata.finalizers ?? [];
const version = async (): Promise<string | undefined> => (await kube.get(ingress, key))?.metadata.resourceVersion;
const held = (of = uid) => ({ resource: ingress, object: { ...key, uid: of }, finalizer: 'podwire.dev/load-balancer' });

/** An API in which somebody else writes between our first reads and our writes. */
function contested(times: number, disturb: () => Promise<unknown>): KubeApi {
  let left = times;
  return {
    ...kube,
    get: async (resource, name) => {
      const read = await kube.get(resource, name);
      if (left-- > 0) await disturb();
      return read;
    },
  };
}

test('a finalizer is added once and removed, and those of others stay', async () => {
  await kube.patch(ingress, key, { type: 'merge', body: { metadata: { finalizers: ['example.com/other'] } } });
  await addFinalizer(kube, held());
  const once = await version();
  await addFinalizer(kube, held());
  expect(await version()).toBe(once);
  expect(await finalizers()).toEqual(['example.com/other', 'podwire.dev/load-balancer']);
  await removeFinalizer(kube, held());
  expect(await finalizers()).toEqual(['example.com/other']);
});

test('what somebody else adds between read and write is not lost', async () => {
  const theirs = (): Promise<unknown> =>
    kube.patch(ingress, key, { type: 'merge', body: { metadata: { finalizers: ['example.com/other'] } } });
  await addFinalizer(contested(1, theirs), held());
  expect(await finalizers()).toEqual(['example.com/other', 'podwire.dev/load-balancer']);
});

test('an object that changes all the time is given up with a conflict', async () => {
  let n = 0;
  const touch = (): Promise<unknown> =>
    kube.patch(ingress, key, { type: 'merge', body: { metadata: { annotations: { n: String(n++) } } } });
  await expect(addFinalizer(contested(99, touch), held())).rejects.toBeInstanceOf(Conflict);
});

test('another object of the same name is never touched', async () => {
  await expect(addFinalizer(kube, held('another-uid'))).rejects.toBeInstanceOf(Gone);
  await kube.patch(ingress, key, { type: 'merge', body: { metadata: { finalizers: [held().finalizer] } } });
  await removeFinalizer(kube, held('another-uid'));
  expect(await finalizers()).toEqual([held().finalizer]);
});

test('letting go of an object that is gone, or that goes with it, is done', async () => {
  await addFinalizer(kube, held());
  await kube.delete(ingress, key);
  await expect(addFinalizer(kube, { ...held(), finalizer: 'podwire.dev/late' })).rejects.toBeInstanceOf(Gone);
  await removeFinalizer(kube, held());
  expect(await kube.get(ingress, key)).toBeUndefined();
  await removeFinalizer(kube, held());
});

test('a status is written where it differs, and not written where it does not', async () => {
  const status = { loadBalancer: { ingress: [{ hostname: 'a.localhost' }] } };
  const before = await version();
  expect(await writeStatus(kube, { resource: ingress, key, from: undefined, to: status })).toBe(true);
  const after = await version();
  expect(after).not.toBe(before);
  expect(await writeStatus(kube, { resource: ingress, key, from: status, to: structuredClone(status) })).toBe(false);
  expect(await version()).toBe(after);
  expect((await kube.get(ingress, key))?.status).toEqual(status);
});

test('an object is made where it is missing, corrected where it differs, and else left alone', async () => {
  const wanted = {
    metadata: { name: 'made', namespace: 'default' },
    spec: { ports: [{ port: 80 }], selector: { app: 'a' } },
  };
  await ensureObject(kube, service, wanted);
  const other = { ...wanted, spec: { ...wanted.spec, selector: { app: 'b' } } };
  const changed = await ensureObject(kube, service, other);
  expect(changed).toMatchObject({ spec: { selector: { app: 'b' } } });
});

test('a merge patch turns the one into the other', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.string(),
      fc.array(fc.integer(), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  })).object;
  fc.assert(
    fc.property(json, json, (from, to) => {
      const patch = mergePatchOf(from, to);
      expect(patch === undefined ? from : applied(from, patch)).toEqual(to);
    }),
  );
});

/** RFC 7386, section 2, as it is written there. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applied(result[name], value);
  }
  return result;
}

test('the transition time of a condition moves only with its status', () => {
  const told = (status: Condition['status'], message: string) => ({ type: 'Ready', status, reason: 'R', message });
  const first = setCondition<Condition>([], told('False', 'one'), '2026-01-01T00:00:00Z');
  const other = { ...told('True', ''), type: 'Other', lastTransitionTime: '2025-01-01T00:00:00Z' };
  const second = setCondition([...first, other], told('False', 'two'), '2026-01-02T00:00:00Z');
  const third = setCondition(second, told('True', 'three'), '2026-01-03T00:00:00Z');
  expect(second[0]).toMatchObject({ message: 'two', lastTransitionTime: '2026-01-01T00:00:00Z' });
  expect(third[0]).toMatchObject({ status: 'True', lastTransitionTime: '2026-01-03T00:00:00Z' });
  expect(third[1]).toEqual(other);
});
