import { beforeEach, expect, test } from 'vitest';
import { Denied } from '../../src/errors.ts';
import type { KubeApi, KubeObject } from '../../src/kube/api.ts';
import { EventRecorder } from '../../src/kube/events.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { createCluster } from '../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../src/local/cluster/api/kube-api.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const web = { kind: 'Ingress', namespace: 'default', name: 'web', uid: 'u1' };
const MINUTE = 60_000;
let clock: VirtualClock;
let kube: KubeApi;
let recorder: EventRecorder;

beforeEach(() => {
  clock = new VirtualClock({ start: Date.UTC(2026, 10, 21, 10, 0, 0, 7) });
  kube = localKubeApi(createCluster({ clock }));
  recorder = new EventRecorder({ kube, clock, instance: 'podwire-0' });
});

async function events(): Promise<KubeObject[]> {
  await recorder.flush();
  return kube.list(RESOURCES.event);
}

test('an Event says what happened to which object, when and by whom', async () => {
  recorder.record(web, { reason: 'Held', message: 'a step was held back' });
  const [event] = await events();
  expect(event).toMatchObject({
    metadata: { namespace: 'default' },
    type: 'Warning',
    reason: 'Held',
    note: 'a step was held back',
    eventTime: '2026-11-21T10:00:00.007000Z',
    reportingController: 'podwire.dev/operator',
    reportingInstance: 'podwire-0',
    regarding: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'default', name: 'web', uid: 'u1' },
  });
  expect(event).not.toHaveProperty('series');
});

test('the same text is counted on its first Event, at most every five minutes', async () => {
  for (let n = 0; n < 12; n++) {
    recorder.record(web, { reason: 'Held', message: 'again' });
    await clock.advance(MINUTE);
  }
  const all = await events();
  expect(all).toHaveLength(1);
  expect(all[0]?.series).toEqual({ count: 11, lastObservedTime: '2026-11-21T10:10:00.007000Z' });
});

test('another text, another reason and another object of the same name are Events of their own', async () => {
  recorder.record(web, { reason: 'Held', message: 'a' });
  recorder.record(web, { reason: 'Held', message: 'b' });
  recorder.record(web, { reason: 'Applied', message: 'a' });
  recorder.record({ ...web, uid: 'u2' }, { reason: 'Held', message: 'a' });
  expect(await events()).toHaveLength(4);
});

test('one object gets ten at once and one a minute after that; others are not held back', async () => {
  for (let n = 0; n < 100; n++) recorder.record(web, { reason: 'Held', message: `text ${n}` });
  recorder.record({ ...web, uid: 'u2' }, { reason: 'Held', message: 'quiet one' });
  expect(await events()).toHaveLength(11);
  await clock.advance(3 * MINUTE);
  for (let n = 0; n < 100; n++) recorder.record(web, { reason: 'Held', message: `more ${n}` });
  expect(await events()).toHaveLength(14);
  expect(recorder.lost).toBe(90 + 97);
});

test('an Event that the API server has forgotten is made again when its text is said again', async () => {
  recorder.record(web, { reason: 'Held', message: 'a' });
  const [event] = await events();
  await kube.delete(RESOURCES.event, { namespace: 'default', name: event?.metadata.name as string });
  await clock.advance(60 * MINUTE);
  recorder.record(web, { reason: 'Held', message: 'a' });
  expect(await events()).toMatchObject([{ series: { count: 2 } }]);
});

test('an API server that refuses or hangs is no trouble for the caller', async () => {
  const errors: unknown[] = [];
  const refuse = (): Promise<never> => Promise.reject(new Denied('create events', 'no right'));
  const refused = new EventRecorder({
    kube: { create: refuse, patch: refuse },
    clock,
    instance: 'i',
    onLost: (e) => errors.push(e),
  });
  refused.record(web, { reason: 'Held', message: 'a' });
  await refused.flush();
  expect(errors).toHaveLength(1);

  const hang = (): Promise<never> => new Promise(() => undefined);
  const hanging = new EventRecorder({ kube: { create: hang, patch: hang }, clock, instance: 'i' });
  for (let n = 0; n < 5_000; n++) hanging.record({ ...web, uid: `u${n}` }, { reason: 'Held', message: 'a' });
  expect(hanging.lost).toBe(5_000 - 202);
});

test('a text that is too long is cut, and not inside a character', async () => {
  recorder.record(web, { reason: 'Held', message: 'ü'.repeat(2_000) });
  const [event] = await events();
  expect(Buffer.byteLength(event?.note as string)).toBeLessThanOrEqual(1_024);
  expect(event?.note).toMatch(/^ü+…$/);
});

test('an Event about an object without a namespace lives in default', async () => {
  recorder.record(
    { kind: 'LoadBalancer', namespace: '', name: 'group.shop', uid: 'u9' },
    { reason: 'Held', message: 'a' },
  );
  expect(await events()).toMatchObject([
    { metadata: { namespace: 'default' }, regarding: { apiVersion: 'podwire.dev/v1' } },
  ]);
});
