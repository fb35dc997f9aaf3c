import { describe, expect, test } from 'vitest';
import { play } from './play.ts';
import { type Mood, scheduleOf } from './schedule.ts';
import type { Rule } from './scene.ts';
import type { Flaws } from './stage.ts';

test.each(['calm', 'wild', 'hasty'] as const)('the same seed gives the same trace (%s)', async (mood) => {
  const [one, two] = [await play(scheduleOf(7, mood)), await play(scheduleOf(7, mood))];
  expect(one.trace.length).toBeGreaterThan(20);
  expect(two.trace).toEqual(one.trace);
  expect(two.asked).toBe(one.asked);
});

test('a seed stands for one schedule, and another seed for another', () => {
  expect(scheduleOf(3)).toEqual(scheduleOf(3));
  expect(scheduleOf(4).events).not.toEqual(scheduleOf(3).events);
});

test.each([101, 102, 103, 104])('every invariant holds (seed %i)', async (seed) => {
  const { violations, asked } = await play(scheduleOf(seed));
  expect(violations).toEqual([]);
  expect(asked).toBeGreaterThan(100);
});

/** What has to be found within so many seeds when that is wrong. */
const CONTROLS: { rule: Rule; flaws: Flaws; mood: Mood; seeds: number }[] = [
  { rule: 'I1', flaws: { controls: ['deregister-first'] }, mood: 'wild', seeds: 20 },
  { rule: 'I2', flaws: { plant: 'deregistrations take another one along' }, mood: 'calm', seeds: 4 },
  { rule: 'I3', flaws: { controls: ['no-gate'] }, mood: 'wild', seeds: 5 },
  { rule: 'I3', flaws: { controls: ['gate-from-cached-health'] }, mood: 'hasty', seeds: 8 },
  { rule: 'I4', flaws: { plant: 'gates are closed again' }, mood: 'wild', seeds: 3 },
  { rule: 'I5', flaws: { plant: 'deregistrations get lost' }, mood: 'calm', seeds: 3 },
  { rule: 'I6', flaws: { plant: 'rules are taken away' }, mood: 'calm', seeds: 3 },
  { rule: 'I7', flaws: { plant: 'the sleep is all of the grace' }, mood: 'calm', seeds: 3 },
  { rule: 'I8', flaws: { plant: 'deregistrations get lost' }, mood: 'calm', seeds: 6 },
  { rule: 'lost', flaws: { plant: 'nothing is injected' }, mood: 'calm', seeds: 5 },
];

describe('controls', () => {
  test.each(CONTROLS)('$rule is seen to be broken ($flaws)', async ({ rule, flaws, mood, seeds }) => {
    const found: Rule[] = [];
    for (let seed = 1; seed <= seeds && !found.includes(rule); seed++) {
      const { violations } = await play(scheduleOf(seed, mood), flaws);
      found.push(...violations.map((one) => one.rule));
    }
    expect(found).toContain(rule);
  });
});
