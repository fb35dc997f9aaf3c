import { realClock } from '../runtime/clock.ts';

const LOOK_EVERY_MS = 100;

/** Looks again and again until something is there and resolves with it; throws with what did not come in time. For what happens in other processes. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | false>,
  limitMs = 60_000,
): Promise<Found> {
  const end = realClock.monotonic() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (realClock.monotonic() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await realClock.sleep(LOOK_EVERY_MS);
  }
}
