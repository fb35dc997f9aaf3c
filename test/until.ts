import { realClock } from '../src/runtime/clock.ts';

/** Looks again and again until what it finds is there; fails with the last thing found. For what happens in other processes. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, limitMs = 30_000): Promise<T> {
  const end = realClock.monotonic() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (realClock.monotonic() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await realClock.sleep(50);
  }
}
