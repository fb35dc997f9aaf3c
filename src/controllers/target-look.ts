import { type Look, takeLook } from '../model/confirmation.ts';
import { keyOfTarget, type Target } from '../model/target.ts';
import type { ObservedTarget } from '../plan/fates.ts';
import { claimOf, type GroupMemory, type KnownTarget } from './target-memory.ts';
import { ownerOf } from './target-registrations.ts';

/** To be called when a look is asked for, before it is: what is acknowledged later is not proven by it. */
export function beginLook(memory: GroupMemory, at: number): Look {
  memory.order += 1;
  return { order: memory.order, at };
}

/** What AWS answered to a look; `time` in RFC 3339. */
export type Seen = { targets: readonly ObservedTarget[]; look: Look; time: string };

/** Merges what AWS says into what we know: AWS has the last word on what is registered, we on whose it is. */
export function mergeObserved(memory: GroupMemory, seen: Seen, wanted: readonly Target[]): void {
  const owners = new Map(wanted.map((target) => [keyOfTarget(target), target]));
  const before = memory.registered;
  memory.registered = new Map(
    seen.targets.map((target) => {
      const key = keyOfTarget(target);
      const known = { ...memory.unanswered.get(key)?.target, ...ownerOf(owners.get(key)), ...before.get(key) };
      return [key, merge(memory, { known, target, seen })];
    }),
  );
  for (const [key, known] of before)
    if (!memory.registered.has(key) && (claimOf(known)?.order ?? 0) > seen.look.order)
      memory.registered.set(key, known);
  for (const [key, { order }] of memory.unanswered) if (order < seen.look.order) memory.unanswered.delete(key);
  memory.seen = 'described';
  memory.observedAt = seen.time;
  memory.seenAt = seen.look.at;
  delete memory.failing;
}

type Merge = { known: Partial<KnownTarget>; target: ObservedTarget; seen: Seen };

function merge({ staleMs }: GroupMemory, { known, target, seen }: Merge): KnownTarget {
  const { reason: was, description: _, claim, toldSince, ...rest } = known;
  const same = rest.health === target.health && was === target.reason;
  return {
    ...rest,
    ...target,
    ...((rest.leftOrder ?? 0) > seen.look.order && { health: 'draining' as const }),
    toldSince: (same ? toldSince : undefined) ?? seen.time,
    // AWS may keep showing a target as draining after it was registered again.
    revived: target.health === 'draining' && rest.revived === true,
    ...(claim && { claim: takeLook(claim, seen.look, { health: target.health, staleMs }) }),
  };
}

/** Keeps in mind which targets are healthy now. */
export function noteOnceHealthy(memory: GroupMemory): void {
  memory.onceHealthy ??= new Set();
  for (const [key, { health }] of memory.registered) if (health === 'healthy') memory.onceHealthy.add(key);
}

/** Takes in that AWS did not answer; `at` in monotonic milliseconds. */
export function noteFailing(memory: GroupMemory, message: string, at: number): void {
  memory.failing = { since: memory.failing?.since ?? at, message };
}
