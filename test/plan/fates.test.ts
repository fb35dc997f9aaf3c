import { describe, expect, test } from 'vitest';
import {
  type Circumstances,
  changedHands,
  judgeFates,
  type ObservedTarget,
  UNLISTED_MS,
} from '../../src/plan/fates.ts';
import { deleted, webPod } from '../model/pods.ts';

const LONG: Partial<Circumstances> = { podOf: () => webPod(1), unlistedSince: new Map([['10.0.0.1:80', 0]]) };
const target: ObservedTarget = { id: '10.0.0.1', port: 80, uid: 'old', health: 'healthy' };
const circumstances = (more: Partial<Circumstances> = {}): Circumstances => ({
  targetType: 'ip',
  listed: true,
  ownersOf: () => [],
  seenTerminating: new Set(),
  unlistedSince: new Map(),
  instances: new Set(),
  now: UNLISTED_MS,
  ...more,
});
const fate = (more: Partial<Circumstances> = {}, observed: ObservedTarget = target): string | undefined =>
  judgeFates([observed], { targets: [], others: [] }, circumstances(more))[0]?.fate;

describe('fates of targets that are not wanted', () => {
  test('a wanted one has none', () => {
    const wanted = { targets: [{ id: '10.0.0.1', port: 80, uid: 'old' }], others: [] };
    expect(judgeFates([target], wanted, circumstances())).toEqual([target]);
  });

  test('what the EndpointSlices say of it counts, for the same pod only', () => {
    const other = { id: '10.0.0.1', port: 80, uid: 'old', standing: 'unready' as const };
    const of = (uid: string) =>
      judgeFates([target], { targets: [], others: [{ ...other, uid }] }, circumstances({ ownersOf: () => [uid] }))[0]
        ?.fate;
    expect([of('old'), of('new')]).toEqual(['unready', 'recycled']);
  });

  test.each<[string, Partial<Circumstances>, string]>([
    ['in no EndpointSlice', {}, 'unlisted'],
    ['seen terminating before', { seenTerminating: new Set(['old']) }, 'ended'],
    ['unlisted for too long', { unlistedSince: new Map([['10.0.0.1:80', 0]]) }, 'ended'],
    [
      'unlisted for long, and there is no slice at all',
      { unlistedSince: new Map([['10.0.0.1:80', 0]]), listed: false },
      'unlisted',
    ],
    ['another pod owns the address', { ownersOf: () => ['new'] }, 'recycled'],
    ['its own pod is listed elsewhere', { ownersOf: () => ['new', 'old'] }, 'unlisted'],
  ])('%s', (_, more, wanted) => expect(fate(more)).toBe(wanted));

  test.each<[string, Partial<Circumstances>, string | undefined]>([
    ['whose pod is gone', { podOf: () => 'gone' }, 'ended'],
    ['whose pod runs and is selected, however long it is unlisted', LONG, 'unlisted'],
    [
      'whose pod runs and is not selected',
      { ...LONG, unlistedSince: new Map(), selectsPod: () => false },
      'deselected',
    ],
    ['whose pod is not selected for too long', { ...LONG, selectsPod: () => false }, 'ended'],
    [
      'whose pod leaves and serves',
      { podOf: () => deleted(webPod(1), 0), seenTerminating: new Set(['old']) },
      'leaving',
    ],
    ['whose pod leaves and does not', { podOf: () => deleted(webPod(1, { containersReady: false }), 0) }, 'ended'],
    [
      'whose address another pod of its node serves next',
      { podOf: () => 'gone', isReplacedInPlace: () => true },
      undefined,
    ],
  ])('a target %s', (_, more, wanted) => expect(fate(more)).toBe(wanted));

  test('of an unknown pod an owner counts only beside endpoints of the Service', () => {
    const { uid: _, ...unknown } = target;
    expect(fate({ ownersOf: () => ['some'] }, unknown)).toBe('recycled');
    expect(fate({ ownersOf: () => ['some'], listed: false }, unknown)).toBe('unlisted');
  });

  test('of an unknown pod a running owner of the namespace counts as selected until lately, unless another group has it', () => {
    const { uid: _, ...unknown } = target;
    const owned = {
      ownersOf: () => ['pod-1'],
      podOf: () => webPod(1),
      namespace: 'shop',
      isSelectedElsewhere: () => false,
    };
    expect(fate(owned, unknown)).toBe('deselected');
    expect(fate({ ...owned, isSelectedElsewhere: () => true }, unknown)).toBe('recycled');
    expect(fate({ ...owned, namespace: 'other' }, unknown)).toBe('recycled');
    expect(fate({ ...owned, podOf: () => undefined }, unknown)).toBe('recycled');
  });

  test('an instance ends with its node', () => {
    const instance: ObservedTarget = { id: 'i-1', port: 30080, health: 'healthy' };
    expect(fate({ targetType: 'instance' }, instance)).toBe('ended');
    expect(fate({ targetType: 'instance', instances: new Set(['i-1']) }, instance)).toBe('unlisted');
  });

  test('an address that another pod of the same group took over is told apart', () => {
    const wanted = { id: '10.0.0.1', port: 80, uid: 'new' };
    expect([changedHands(target, wanted), changedHands(target, { ...wanted, uid: 'old' })]).toEqual([true, false]);
  });
});
