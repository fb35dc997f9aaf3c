/** The states that kstatus, and with it Flux and Helm, know of an object. */
export type Kstatus = 'InProgress' | 'Failed' | 'Current' | 'Terminating';

type Seen = {
  metadata: { generation?: number; deletionTimestamp?: string };
  status?: { observedGeneration?: number; conditions?: { type: string; status: string }[] };
};

/** The rules of kstatus for a kind that it has no rules of its own for, by our own reading of its documentation. */
export function kstatusOf(object: object): Kstatus {
  const { metadata, status } = object as Seen;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const observed = status?.observedGeneration;
  if (observed !== undefined && observed !== metadata.generation) return 'InProgress';
  const conditions = status?.conditions ?? [];
  const abnormal = conditions.find(
    ({ type, status: is }) => is === 'True' && (type === 'Reconciling' || type === 'Stalled'),
  );
  if (abnormal !== undefined) return abnormal.type === 'Stalled' ? 'Failed' : 'InProgress';
  const ready = conditions.find(({ type }) => type === 'Ready');
  // What says nothing of itself counts as finished.
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress';
}
