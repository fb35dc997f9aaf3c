import { play } from './play.ts';
import type { Schedule } from './schedule.ts';
import type { Flaws } from './stage.ts';

/** The schedule without the events that its first violation does not need. */
export async function shrink(schedule: Schedule, flaws: Flaws): Promise<Schedule> {
  const rules = new Set((await play(schedule, flaws)).violations.map(({ rule }) => rule));
  let smallest = schedule;
  for (const event of schedule.events) {
    const smaller = { ...smallest, events: smallest.events.filter((one) => one !== event) };
    const { violations } = await play(smaller, flaws);
    if (violations.some(({ rule }) => rules.has(rule))) smallest = smaller;
  }
  return smallest;
}
