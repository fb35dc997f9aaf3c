import { describe, expect, test } from 'vitest';
import { CHANGES, type Change, prepare } from './crash-changes.ts';
import type { Death } from './life.ts';
import { shapeOf } from './shape.ts';

/** Long enough for a drift sweep after the last retry, and for every draining target to be gone. */
const CALM_MS = 700_000;
/** How long the operator has for the change before it is killed in any case: no sweep comes in between. */
const CHANGE_MS = 140_000;

/** Makes the change while an operator runs that dies as told, and starts another one 3 s later. */
async function crash(change: Change, death: Death): Promise<{ died: boolean; shape: string[] }> {
  const world = await prepare(change);
  const life = await world.start(death);
  await world.advance(1_000);
  await change.change(world);
  await world.advance(CHANGE_MS);
  const died = life.ended;
  world.kill();
  await world.advance(3_000);
  await world.start();
  await world.advance(CALM_MS);
  return { died, shape: await shapeOf(world) };
}

type Undisturbed = { calls: number; writes: number; shape: string[] };

async function undisturbed(change: Change): Promise<Undisturbed> {
  const world = await prepare(change);
  const life = await world.start();
  await world.advance(1_000);
  await change.change(world);
  await world.advance(CHANGE_MS);
  const [calls, writes] = [life.calls.length, life.writes.length];
  await world.advance(CALM_MS);
  return { calls, writes, shape: await shapeOf(world) };
}

const killed = { 'answer lost': 0, 'next call': 0, 'write lost': 0 };

describe.each(CHANGES)('the operator dies during: $name', (change) => {
  test.each(['answer lost', 'next call', 'write lost'] as const)('%s, after every one', async (when) => {
    const { shape, ...counts } = await undisturbed(change);
    const calls = when === 'write lost' ? counts.writes : counts.calls;
    const wrong: unknown[] = [];
    for (let call = 1; call <= calls; call++) {
      const outcome = await crash(change, { call, when });
      if (outcome.died) killed[when]++;
      const extra = outcome.shape.filter((line) => !shape.includes(line));
      const missing = shape.filter((line) => !outcome.shape.includes(line));
      if (extra.length + missing.length > 0) wrong.push({ call, extra, missing });
    }
    expect(wrong).toEqual([]);
    expect(calls).toBeGreaterThan(0);
  });
});

test('the number of deaths', () => {
  console.log(`the operator was killed ${JSON.stringify(killed)} times`);
  for (const count of Object.values(killed)) expect(count).toBeGreaterThan(50);
});

test('what an undisturbed operator leaves is whole', async () => {
  const [create, remove] = [CHANGES[0], CHANGES.at(-1)] as [Change, Change];
  const made = kindsOf((await undisturbed(create)).shape);
  expect(made).toEqual({
    Ingress: 1,
    LoadBalancer: 1,
    TargetGroup: 2,
    listener: 2,
    'load-balancer': 1,
    rule: 8,
    'security-group': 4,
    'target-group': 2,
  });
  expect(kindsOf((await undisturbed(remove)).shape)).toEqual({ 'security-group': 2 });
});

test('control: a second operator that does not know what is its own leaves something else', async () => {
  const [create] = CHANGES as [Change];
  const { shape } = await undisturbed(create);
  const world = await prepare(create);
  await world.start({ call: 12, when: 'answer lost' });
  await create.change(world);
  await world.advance(CHANGE_MS);
  await world.start(undefined, { clusterName: 'another' });
  await world.advance(CALM_MS);
  expect(await shapeOf(world)).not.toEqual(shape);
});

function kindsOf(shape: string[]): Record<string, number> {
  const byKind = Object.entries(Object.groupBy(shape, (line) => line.slice(0, line.indexOf(' '))));
  return Object.fromEntries(byKind.map(([kind, lines = []]) => [kind, lines.length]));
}
