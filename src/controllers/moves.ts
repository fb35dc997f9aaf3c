import type { Ingress } from '../cluster/objects.ts';
import type { Clock } from '../runtime/clock.ts';
import { ASKED_MS } from './addresses.ts';

/** How long the load balancer that an Ingress has left serves it at most. */
const LONGEST_MS = 600_000;

type Move = { since: number; shownAt: number };

/** Since when Ingresses have left a stack for another one. After a start the times begin anew. */
export class Moves {
  readonly #clock: Clock;
  readonly #moves = new Map<string, Map<string, Move>>(); // stack that was left -> UID of the Ingress -> times, monotonic milliseconds

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether the stack that an Ingress has left has to serve it on: while the Ingress shows this stack's address, and as long after as clients
   * may ask for it, but not for ever.
   */
  lingers(stack: string, ingress: Ingress, dnsName: string): boolean {
    const now = this.#clock.monotonic();
    const moves = this.#moves.get(stack) ?? new Map<string, Move>();
    this.#moves.set(stack, moves);
    const { since, shownAt } = moves.get(ingress.uid) ?? { since: now, shownAt: now };
    const move = { since, shownAt: ingress.hostnames.includes(dnsName) ? now : shownAt };
    moves.set(ingress.uid, move);
    return now - since < LONGEST_MS && now - move.shownAt < ASKED_MS;
  }

  /** These Ingresses, and no others, are served by the stack and by another one. */
  keep(stack: string, uids: ReadonlySet<string>): void {
    const moves = this.#moves.get(stack);
    for (const uid of moves?.keys() ?? []) if (!uids.has(uid)) moves?.delete(uid);
    if (moves?.size === 0) this.#moves.delete(stack);
  }
}
