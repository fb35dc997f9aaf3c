import type { TargetOutcome } from '../aws/targets.ts';
import { Throttled } from '../errors.ts';
import type { Claim } from '../model/confirmation.ts';
import { keyOfTarget, type Target } from '../model/target.ts';
import type { JudgedTarget } from '../plan/fates.ts';
import type { GroupMemory, KnownTarget, Unanswered } from './target-memory.ts';

/** Takes in that AWS acknowledged a registration; `at` in monotonic milliseconds. */
export function noteRegistered(memory: GroupMemory, target: Target, at: number): void {
  const before = memory.registered.get(keyOfTarget(target));
  const stays = before !== undefined && before.uid === target.uid && before.health !== 'draining';
  const own = memory.seen !== 'nothing' && before === undefined;
  remember(memory, target, { health: stays ? before.health : 'initial' });
  memory.order += 1;
  claimFor(memory, target, { order: memory.order, at, own });
  delete memory.failing;
}

/** Binds the registration to the pod that owns the target. */
export function claimFor(memory: GroupMemory, target: Target, made: Pick<Claim, 'order' | 'own' | 'at'>): void {
  const known = memory.registered.get(keyOfTarget(target));
  const claim = { uid: target.uid, ...made, looked: false, confirmed: false };
  if (known) memory.registered.set(keyOfTarget(target), { ...known, claim });
}

/** Notes a registered target; one that was draining counts as registered anew. */
export function remember(
  memory: GroupMemory,
  { id, port, uid, node }: Target,
  seen: { health: KnownTarget['health'] },
): void {
  const key = keyOfTarget({ id, port });
  const revived = memory.registered.get(key)?.health === 'draining';
  memory.registered.set(key, {
    id,
    port,
    uid,
    health: seen.health,
    ...(node === undefined ? {} : { node }),
    ...(revived ? { revived } : {}),
  });
  memory.refused.delete(key);
  memory.unanswered.delete(key);
}

type Asked = { id: string; port: number; uid?: string; node?: string };

/**
 * Takes in that a call failed: without an answer AWS may have done it, and whose the targets are is kept until that is known. What
 * is throttled is not done.
 */
export function noteUnanswered<T extends Asked>(
  memory: GroupMemory,
  call: Unanswered['call'],
  { asked, outcome: { done, refused, error } }: { asked: readonly T[]; outcome: TargetOutcome<T> },
): void {
  if (error === undefined || error instanceof Throttled) return;
  const answered = new Set<T>([...done, ...refused.map(({ target }) => target)]);
  memory.order += 1;
  for (const target of asked.filter((one) => !answered.has(one))) {
    const key = keyOfTarget(target);
    const said = call === 'deregister' || !memory.registered.has(key);
    if (said) memory.unanswered.set(key, { call, target: ownerOf(target), order: memory.order });
  }
}

/** Takes in that AWS acknowledged a deregistration: it drains now, and is kept in mind for the rules toward its node. */
export function noteDeregistered(
  memory: GroupMemory,
  target: JudgedTarget,
  at: { now: number; monotonic: number },
): void {
  const key = keyOfTarget(target);
  const known = memory.registered.get(key);
  memory.order += 1;
  memory.unanswered.delete(key);
  if (known) memory.registered.set(key, { ...known, health: 'draining', drainingAt: at.now, leftOrder: memory.order });
  if (target.fate === 'unready' || target.fate === 'unlisted') memory.removals.push(at.monotonic);
  else if (memory.peak) memory.peak.count = Math.max(0, memory.peak.count - 1);
}

/** The registration serves a new pod at the address; what was seen of its health was the old one's. */
export function handOver(memory: GroupMemory, target: Target): void {
  const key = keyOfTarget(target);
  const known = memory.registered.get(key);
  if (known === undefined || known.uid === target.uid) return;
  const keeps = known.uid === undefined || known.health === 'draining';
  const { claim: _, ...rest } = known;
  memory.registered.set(key, { ...rest, ...ownerOf(target), health: keeps ? known.health : 'initial' });
}

/** Whose a target is, as far as it is known. */
export const ownerOf = ({ uid, node }: { uid?: string; node?: string } = {}): { uid?: string; node?: string } => ({
  ...(uid === undefined ? {} : { uid }),
  ...(node === undefined ? {} : { node }),
});
