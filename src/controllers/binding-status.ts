import { type Condition, keyOf, type TargetGroupBinding, type TargetGroupObject } from '../cluster/objects.ts';
import { Gone } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { PROGRESS_TYPES, reconciling, type Said, stalled, type Told } from '../model/progress.ts';
import type { Clock } from '../runtime/clock.ts';
import { tellConditions } from './conditions.ts';

/** How it is served by us, in a word of our own: whatever else writes conditions there has no such one. */
const SERVED = 'podwire.dev/Served';

/** What tools look at: ours as long as the binding is. */
const OURS: ReadonlySet<string> = new Set(['Ready', ...PROGRESS_TYPES]);

type Deps = { kube: Pick<KubeApi, 'patch'>; clock: Clock; bindings: { told: Map<string, string> } };

/** Tells on a TargetGroupBinding that it is served, and of its targets what the TargetGroup object behind it says. */
export function tellServed(
  binding: TargetGroupBinding,
  { message, object }: { message: string; object: TargetGroupObject | undefined },
  deps: Deps,
): Promise<void> {
  const served = { type: SERVED, status: 'True', reason: 'Served', message } as const;
  return tell(binding, [served, ...mirror(object)], deps);
}

/** Tells why it is not served as it stands: somebody has to change it. */
export function tellRefused(binding: TargetGroupBinding, why: Omit<Said, 'status'>, deps: Deps): Promise<void> {
  const told = [SERVED, 'Ready'].map((type) => ({ type, status: 'False' as const, ...why }));
  return tell(binding, [...told, stalled(why)], deps);
}

/** Tells that it is not ours any more; of its targets nothing is said then. */
export function tellUnclaimed(binding: TargetGroupBinding, deps: Deps): Promise<void> {
  const message = 'it is not claimed any more; its targets are left as they are';
  return tell(binding, [{ type: SERVED, status: 'False', reason: 'NotClaimed', message }], deps);
}

/** Of an object that says nothing of its newest generation nothing is known yet. */
function mirror(object: TargetGroupObject | undefined): Told[] {
  const { observedGeneration, conditions = [] } = object?.status ?? {};
  const message = 'its TargetGroup is still to tell of its targets';
  if (object === undefined || observedGeneration !== object.generation)
    return [
      { type: 'Ready', status: 'Unknown', reason: 'Registering', message },
      reconciling({ reason: 'Registering', message }),
    ];
  return conditions
    .filter(({ type }) => OURS.has(type))
    .map(({ type, status, reason }) => ({ type, status, reason, message: `as TargetGroup ${object.name} says` }));
}

/** It is written once: a schema that does not know conditions drops them, and is not written against. */
async function tell(
  binding: TargetGroupBinding,
  told: readonly Told[],
  { kube, clock, bindings }: Deps,
): Promise<void> {
  const key = keyOf(binding);
  const { namespace, name, generation, conditions: before = [] } = binding;
  const now = new Date(clock.now()).toISOString();
  const kept = before.filter(({ type }) => !OURS.has(type) || told.some((one) => one.type === type));
  const conditions = tellConditions(kept, told, { generation, now });
  const words = wordsOf(conditions);
  if ((bindings.told.get(key) ?? wordsOf(before)) === words) return;
  const body = { status: { observedGeneration: generation, conditions } };
  const patch = { type: 'merge', subresource: 'status', body } as const;
  try {
    await kube.patch(RESOURCES.targetGroupBinding, { namespace, name }, patch);
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
  }
  bindings.told.set(key, words);
}

const wordsOf = (conditions: readonly Condition[]): string =>
  JSON.stringify(conditions.map((one) => ({ ...one, lastTransitionTime: '' })));
