import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance. Everything that waits, dates or rolls a die takes one, so that the operator also runs in virtual time. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. For what people read, never for differences. */
  now(): number;
  /** Milliseconds that only grow. For time-outs and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms`, unless cancelled before. Does not keep the process alive. */
  after(ms: number, run: () => void): Timer;
  /** A number in [0, 1). */
  random(): number;
}

export interface Timer {
  cancel(): void;
}

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  random: () => Math.random(),
};
