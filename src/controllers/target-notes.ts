import { keyOfTarget, type RejectionReason, type Selection } from '../model/target.ts';
import { raisePeak } from '../plan/floor.ts';
import type { GroupMemory } from './target-memory.ts';
import { handOver } from './target-registrations.ts';

/** Keeps the notes on terminating and unlisted targets, and the brake's peak, in step with what was selected. */
export function takeNotes(memory: GroupMemory, selection: Selection, at: { now: number; carrying: number }): void {
  forgetDrained(memory, at.now);
  for (const target of selection.targets) handOver(memory, target);
  noteTerminating(memory, selection);
  noteLeftOut(memory, selection);
  noteUnlisted(memory, new Set([...selection.targets, ...selection.others].map(keyOfTarget)), at.now);
  forgetLeavers(memory);
  memory.peak = raisePeak(memory.peak, at.carrying, at.now);
}

function forgetLeavers({ leavers, registered }: GroupMemory): void {
  if (leavers.size === 0) return;
  const uids = new Set(
    [...registered.values()].flatMap(({ uid, health }) => (health === 'draining' ? [] : (uid ?? []))),
  );
  for (const uid of leavers.keys()) if (!uids.has(uid)) leavers.delete(uid);
}

/** What no wait changes: such a pod is no target of the group, however ready it is. */
const LEFT_OUT: ReadonlySet<RejectionReason> = new Set([
  'PortNotFound',
  'WrongAddressFamily',
  'NotAnAddress',
  'UnroutableAddress',
]);

function noteLeftOut(memory: GroupMemory, { rejected }: Selection): void {
  const left = rejected.filter(({ reason, what }) => LEFT_OUT.has(reason) && what.startsWith('pod '));
  memory.leftOut = new Map(left.map(({ what, message }) => [what.slice('pod '.length), message]));
}

function noteTerminating(memory: GroupMemory, { others }: Selection): void {
  for (const other of others) if (other.standing !== 'unready') memory.terminating.add(other.uid);
  const uids = new Set([...memory.registered.values()].map(({ uid }) => uid));
  for (const uid of memory.terminating) if (!uids.has(uid)) memory.terminating.delete(uid);
}

function noteUnlisted(memory: GroupMemory, listed: ReadonlySet<string>, now: number): void {
  const unlisted = new Set([...memory.registered.keys()].filter((key) => !listed.has(key)));
  for (const key of memory.unlistedSince.keys()) if (!unlisted.has(key)) memory.unlistedSince.delete(key);
  for (const key of unlisted) if (!memory.unlistedSince.has(key)) memory.unlistedSince.set(key, now);
}

/** The longest deregistration delay (ELB target group attributes). Milliseconds. */
const LONGEST_DRAIN_MS = 3_600_000;

function forgetDrained(memory: GroupMemory, now: number): void {
  for (const [key, { drainingAt, health }] of memory.registered)
    if (health === 'draining' && drainingAt !== undefined && now - drainingAt > LONGEST_DRAIN_MS)
      memory.registered.delete(key);
}
