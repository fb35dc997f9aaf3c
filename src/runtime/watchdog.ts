import type { Clock, Timer } from './clock.ts';

/** A time in which the event loop of this process did not turn. */
export type Stall = { time: string; ms: number };

export type WatchdogOptions = {
  thresholdMs?: number;
  /** Called for each stall when it is over. */
  tell?: (stall: Stall) => void;
};

export type Watchdog = { stalls(): Stall[]; stop(): void };

const STALL_MS = 1_000;
const TICK_MS = 100;
const MOST_KEPT = 1_000;

/** Notes every stall of this process's event loop above `thresholdMs`, by default a second: what was measured during one proves nothing. The last thousand are kept. */
export function watchEventLoop(clock: Clock, options: WatchdogOptions = {}): Watchdog {
  const { thresholdMs = STALL_MS, tell = () => undefined } = options;
  const stalls: Stall[] = [];
  const note = (stall: Stall): void => {
    stalls.push(stall);
    if (stalls.length > MOST_KEPT) stalls.shift();
    tell(stall);
  };
  let timer: Timer;
  const tick = (): void => {
    const began = clock.monotonic();
    timer = clock.after(TICK_MS, () => {
      const ms = Math.round(clock.monotonic() - began - TICK_MS);
      if (ms > thresholdMs) note({ time: new Date(clock.now() - ms).toISOString(), ms });
      tick();
    });
  };
  tick();
  return { stalls: () => [...stalls], stop: () => timer.cancel() };
}

/** A stall in words, as every process logs it. */
export const stallLine = ({ time, ms }: Stall): string => `stalled for ${ms} ms since ${time}`;

const LINE = /stalled for (\d+) ms since ([\dT:.-]+Z)/g;

/** The stalls that a log tells of. */
export const stallsIn = (log: string): Stall[] =>
  [...log.matchAll(LINE)].map(([, ms, time = '']) => ({ time, ms: Number(ms) }));
