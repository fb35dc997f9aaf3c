import type { Clock } from '../runtime/clock.ts';
import type { Resource } from './api.ts';

/** One watch that is open; `silentMs` since the API server last sent anything on it, `idleMs` since that or since it was last tried. */
export type WatchAge = { kind: string; silentMs: number; idleMs: number };

type Marks = { kind: string; heardAt: number; triedAt: number };

/** One watch tells how it goes. */
export type Followed = { heard(): void; tried(): void; ended(): void };

/** How fresh the watches of a client are. */
export class WatchFreshness {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #open = new Set<Marks>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Follows a watch from its beginning to its end. */
  follow({ kind }: Resource): Followed {
    const now = this.#clock.monotonic();
    const marks: Marks = { kind, heardAt: now, triedAt: now };
    this.#open.add(marks);
    return {
      heard: () => {
        marks.heardAt = this.#clock.monotonic();
      },
      tried: () => {
        marks.triedAt = this.#clock.monotonic();
      },
      ended: () => void this.#open.delete(marks),
    };
  }

  /** Every watch that is open. */
  ages(): WatchAge[] {
    const now = this.#clock.monotonic();
    return [...this.#open].map(({ kind, heardAt, triedAt }) => ({
      kind,
      silentMs: now - heardAt,
      idleMs: now - Math.max(heardAt, triedAt),
    }));
  }
}
