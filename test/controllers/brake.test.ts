import { describe, expect, test } from 'vitest';
import type { Endpoint, Pod } from '../../src/cluster/objects.ts';
import { service } from '../model/samples.ts';
import { SECOND, serving, numberOf } from './leaving-world.ts';
import { at, pod, type TargetsWorld } from './targets-world.ts';

describe('the brake', () => {
  const unready = (n: number): Endpoint => pod(n, { ready: false, serving: false });
  const fail = async (world: TargetsWorld, ...ns: number[]): Promise<void> => {
    const failing = (one: Pod): Pod => ({ ...one, ready: false, containersReady: false });
    world.pods = world.pods.map((one) => (ns.includes(numberOf(one)) ? failing(one) : one));
    await world.put(world.pods.map((one) => (one.containersReady ? pod(numberOf(one)) : unready(numberOf(one)))));
  };
  const recover = async (world: TargetsWorld): Promise<void> => {
    world.pods = world.pods.map((one) => ({ ...one, ready: true, containersReady: true }));
    await world.put(
      world.pods.map((one) => pod(numberOf(one))),
      20 * SECOND,
    );
  };

  test('lets half of what ran go in one window, however often it comes back, and tells when it holds', async () => {
    const world = await serving([1, 2, 3, 4]);
    await fail(world, 1, 2);
    await world.clock.advance(SECOND);
    expect(world.registered).toEqual(at(3, 4));
    await recover(world);
    await fail(world, 3, 4);
    await world.clock.advance(10 * SECOND);
    expect(world.registered).toEqual(at(1, 2, 3, 4));
    expect(world.condition('DeregistrationHeld')).toBe('True Brake');
    expect(world.told[0]).toMatch(/^Service web Held: target group web: 2 targets kept/);
    await recover(world);
    expect(world.condition('DeregistrationHeld')).toBe('False NothingHeld');
  });

  test('is released by time, down to one healthy target', async () => {
    const world = await serving([1, 2, 3, 4]);
    await fail(world, 2, 3, 4);
    await world.clock.advance(890 * SECOND);
    expect(world.registered).toEqual(at(1, 2, 3, 4));
    await world.clock.advance(60 * SECOND);
    expect(world.registered).toEqual(at(1));
  });

  test('is released by hand until a time in the future; another one is told, not acted on', async () => {
    const world = await serving([1, 2, 3, 4]);
    await fail(world, 2, 3, 4);
    const annotate = async (text: string): Promise<void> => {
      world.services.set('web', service({ annotations: { 'podwire.dev/release-brake': text } }));
      await world.changed(SECOND);
    };
    await annotate('soon');
    await annotate('2020-01-01T00:00:00Z');
    expect(world.registered).toEqual(at(1, 2, 3, 4));
    expect([...new Set(world.told.filter((one) => one.includes('NotActedOn')))]).toEqual([
      'Service web NotActedOn: podwire.dev/release-brake: wanted an RFC 3339 time, given "soon"',
      'Service web NotActedOn: podwire.dev/release-brake: wanted a time in the future, given "2020-01-01T00:00:00Z"',
    ]);
    await annotate(new Date(world.clock.now() + 60 * SECOND).toISOString());
    expect(world.registered).toEqual(at(1));
  });
});
