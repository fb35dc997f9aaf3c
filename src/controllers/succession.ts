import type { TargetGroupObject } from '../cluster/objects.ts';
import { floorOf } from '../plan/floor.ts';
import { STILL_FINISHING, type Warmth } from '../plan/succession.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Controls } from '../settings/controls.ts';
import type { StackResult } from './stack-aws.ts';

/** What holds until a drain budget is known: that of an Application Load Balancer. Seconds. */
const UNSAID = { propagation: 20, margin: 3 };

/** What is known of the target groups of one stack, and when something of it changes by itself. */
export type Readiness = Pick<Warmth, 'healthy' | 'warm' | 'idleMs' | 'registered'> & { againMs?: number };

/**
 * Remembers since when target groups have enough healthy targets, and since when others have had no requests sent to them.
 * After a start the times begin anew: everything then takes longer, and nothing is cut short.
 */
export class Succession {
  readonly #clock: Clock;
  readonly #controls: Controls;
  readonly #warmSince = new Map<string, number>(); // ARN -> monotonic milliseconds
  readonly #idleSince = new Map<string, number>(); // ARN -> monotonic milliseconds

  constructor(clock: Clock, controls: Controls) {
    this.#clock = clock;
    this.#controls = controls;
  }

  /** `urgent` are ARNs of groups whose predecessors have nothing left that stays: they are warm as soon as they can serve. */
  readinessOf(objects: readonly TargetGroupObject[], urgent: (object: TargetGroupObject) => boolean): Readiness {
    if (this.#controls.has('move-at-once')) return { healthy: new Set() };
    const now = this.#clock.monotonic();
    const settleMs = settlesInMs(objects);
    const waits = new Map(
      objects.map((object) => [object, this.#warmsInMs(object, { now, settleMs: urgent(object) ? 0 : settleMs })]),
    );
    const againMs = Math.min(...[...waits.values()].filter((ms) => ms > 0));
    const healthy = objects.filter(({ status }) => (status.healthy ?? 0) > 0);
    return {
      healthy: arnsOf(healthy),
      warm: arnsOf(healthy.filter((object) => (waits.get(object) ?? 0) <= 0)),
      idleMs: this.#idleMs(objects, now - settleMs),
      registered: new Map(objects.map(({ spec, status }) => [spec.arn, status.registered ?? 0])),
      ...(againMs < Infinity && { againMs }),
    };
  }

  /** What a pass did: the groups that it, or one before it, took the requests from. */
  note({ held, failed }: StackResult): void {
    const finishing = held.flatMap(({ operation, hold }) =>
      hold === STILL_FINISHING && 'arn' in operation ? [operation.arn] : [],
    );
    if (failed.length > 0) return; // a rule may still send requests to them
    for (const arn of finishing) if (!this.#idleSince.has(arn)) this.#idleSince.set(arn, this.#clock.monotonic());
    for (const { operation, hold } of held)
      if (hold !== STILL_FINISHING && 'arn' in operation) this.#idleSince.delete(operation.arn);
  }

  /** The stack has no use for these groups any more. */
  forget(arns: Iterable<string>): void {
    for (const arn of arns) {
      this.#warmSince.delete(arn);
      this.#idleSince.delete(arn);
    }
  }

  #warmsInMs(object: TargetGroupObject, at: { now: number; settleMs: number }): number {
    const { arn } = object.spec;
    if (!hasEnough(object)) {
      this.#warmSince.delete(arn);
      return Infinity;
    }
    const since = this.#warmSince.get(arn) ?? at.now;
    this.#warmSince.set(arn, since);
    return since + at.settleMs - at.now;
  }

  #idleMs(objects: readonly TargetGroupObject[], settled: number): Map<string, number> {
    return new Map(
      objects.flatMap((object) => {
        const since = this.#idleSince.get(object.spec.arn);
        return since === undefined ? [] : [[object.spec.arn, settled - since]];
      }),
    );
  }
}

const arnsOf = (objects: TargetGroupObject[]): Set<string> => new Set(objects.map(({ spec }) => spec.arn));

/** At least the floor of what is to be in it, once everything that AWS takes is in it. */
function hasEnough({ status }: TargetGroupObject): boolean {
  const { registered = 0, healthy = 0, conditions = [] } = status;
  const coming = conditions.some(({ type, reason }) => type === 'TargetsRegistered' && reason === 'Registering');
  return registered > 0 && healthy >= floorOf(registered) && !coming;
}

/** How long it takes until every load balancer node knows what an answered call, or a health check, said. */
function settlesInMs(objects: readonly TargetGroupObject[]): number {
  const budgets = objects.flatMap(({ spec }) => spec.drain ?? []);
  const times = (budgets.length > 0 ? budgets : [UNSAID]).map(({ propagation, margin }) => propagation + margin);
  return Math.max(...times) * 1_000;
}
