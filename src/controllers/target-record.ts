import type { TargetGroupObject } from '../cluster/objects.ts';
import { hashOf } from '../model/canonical.ts';
import { byId, type Selection } from '../model/target.ts';
import { accessKey, type GroupMemory, type KnownTarget } from './target-memory.ts';
import { claimFor, remember } from './target-registrations.ts';

/** What `status.registeredHash` holds: the targets of one target group, whatever their health. */
function hashOfTargets(arn: string, targets: Iterable<{ uid?: string; id: string; port: number }>): string {
  const all = [...targets].map(({ uid = '', id, port }) => ({ uid, id, port }));
  return hashOf({ arn, targets: all.toSorted(byId).map(({ uid, id, port }) => [uid, id, port]) }).slice(0, 16);
}

/**
 * What is recorded of a group. Where AWS may have others than are known, or may end a registration with the drain before it, that is
 * no set's hash, so that the next life looks.
 */
export function recordOf({ arn, unanswered }: GroupMemory, registered: readonly KnownTarget[]): string {
  const doubtful = unanswered.size > 0 || registered.some(({ revived }) => revived);
  return `${hashOfTargets(arn, registered)}${doubtful ? '?' : ''}`;
}

/** Takes the object's word that exactly the wanted targets are registered, where it recorded their hash. */
export function trustRecord(memory: GroupMemory, object: TargetGroupObject, selection: Selection): boolean {
  const { status } = object;
  if (status.registeredHash !== hashOfTargets(memory.arn, selection.targets)) return false;
  const allHealthy = (status.healthy ?? 0) >= selection.targets.length;
  memory.seen = 'recorded';
  memory.recordedHealthy = status.healthy ?? 0;
  for (const target of selection.targets) {
    remember(memory, target, { health: allHealthy ? 'healthy' : 'unknown' });
    // The hash tells that the target is that pod's, and not whether it was registered for it or for somebody before: it opens no gate.
    claimFor(memory, target, { order: 0, own: false });
  }
  const open = status.conditions?.some(({ type, status: is }) => type === 'NodesReachable' && is === 'True');
  if (open)
    for (const target of [...selection.targets, ...selection.others])
      memory.opened.set(accessKey(target), Number.POSITIVE_INFINITY);
  if (status.observedAt !== undefined) memory.observedAt = status.observedAt;
  return true;
}
