import type { Clock, Timer } from '../../runtime/clock.ts';

/** A time in which the event loop of this process did not turn. */
export type Stall = { time: string; ms: number };

export type Watchdog = { stalls(): Stall[]; stop(): void };

const STALL_MS = 1_000;
const TICK_MS = 100;

/** Notes every stall of this process's event loop above `thresholdMs`: what was measured during one proves nothing. */
export function watchEventLoop(clock: Clock, thresholdMs: number = STALL_MS): Watchdog {
  const stalls: Stall[] = [];
  let timer: Timer;
  const tick = (): void => {
    const began = clock.monotonic();
    timer = clock.after(TICK_MS, () => {
      const ms = Math.round(clock.monotonic() - began - TICK_MS);
      if (ms > thresholdMs) stalls.push({ time: new Date(clock.now() - ms).toISOString(), ms });
      tick();
    });
  };
  tick();
  return { stalls: () => [...stalls], stop: () => timer.cancel() };
}
