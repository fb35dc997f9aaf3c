import { type Condition, keyOf, type TargetGroupBinding } from '../cluster/objects.ts';
import { Gone } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { setCondition } from '../kube/write.ts';
import type { Clock } from '../runtime/clock.ts';

const TYPE = 'podwire.dev/Served';

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;
type Deps = { kube: Pick<KubeApi, 'patch'>; clock: Clock; bindings: { told: Map<string, Condition> } };

/**
 * Tells on a TargetGroupBinding how it is served, in a condition of our own beside whatever the peer writes there. It is written once:
 * a schema that does not know conditions drops it, and is not written against.
 */
export async function tellBinding(binding: TargetGroupBinding, said: Said, deps: Deps): Promise<void> {
  const key = keyOf(binding);
  const before = deps.bindings.told.get(key) ?? binding.conditions?.find(({ type }) => type === TYPE);
  const told = { type: TYPE, ...said, observedGeneration: binding.generation };
  if (before !== undefined && sameWords(before, told)) return;
  const now = new Date(deps.clock.now()).toISOString();
  const conditions = setCondition<Condition>(binding.conditions ?? [], told, now);
  const { namespace, name } = binding;
  const patch = { type: 'merge', subresource: 'status', body: { status: { conditions } } } as const;
  try {
    await deps.kube.patch(RESOURCES.targetGroupBinding, { namespace, name }, patch);
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
  }
  deps.bindings.told.set(key, { ...told, lastTransitionTime: now });
}

const sameWords = (a: Omit<Condition, 'lastTransitionTime'>, b: Omit<Condition, 'lastTransitionTime'>): boolean =>
  (['status', 'reason', 'message', 'observedGeneration'] as const).every((field) => a[field] === b[field]);
