const FIRST_MS = 10_000;
const CEILING_MS = 300_000;
/** A container that ran this long has its earlier crashes forgotten (kubelet, twice the ceiling). */
const FORGOTTEN_MS = 2 * CEILING_MS;

/** How long a container that ended waits for its next start: not at all after the first end, then 10 s, 20 s, 40 s … 300 s. */
export class RestartDelay {
  #next = 0;

  after(ranMs: number): number {
    if (ranMs >= FORGOTTEN_MS) this.#next = 0;
    const delay = this.#next;
    this.#next = Math.min(CEILING_MS, Math.max(FIRST_MS, delay * 2));
    return delay;
  }
}
