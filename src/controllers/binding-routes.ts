import type { Cluster } from '../cluster/cluster.ts';
import { keyOf, type TargetGroupBinding, type TargetGroupObject } from '../cluster/objects.ts';
import type { ClusterChange } from '../cluster/reflector.ts';

type Lookup = Pick<Cluster, 'targetGroupBindingsOfNamespace'>;

/** Keys of the TargetGroupBindings that a change touches: its own, those of its Service, and the one whose TargetGroup object went or says something else. */
export function bindingsTouched(change: ClusterChange, cluster: Lookup): string[] {
  if (change.kind === 'targetGroupBinding') return [change.key];
  if (change.kind === 'service') {
    const service = change.new ?? change.old;
    return service === undefined ? [] : bindingsOfService(service, cluster);
  }
  if (change.kind !== 'targetGroup' || sayingOf(change.new) === sayingOf(change.old)) return [];
  const { namespace, spec } = change.new ?? change.old ?? {};
  return spec?.binding === undefined ? [] : [`${namespace}/${spec.binding}`];
}

/** What a TargetGroupBinding repeats of its TargetGroup object; '' where that one is not there. */
function sayingOf(object: TargetGroupObject | undefined): string {
  if (object === undefined) return '';
  const { generation, status } = object;
  const conditions = status.conditions?.map(({ type, status: is, reason }) => [type, is, reason]);
  return JSON.stringify([generation, status.observedGeneration, conditions]);
}

function bindingsOfService({ namespace, name }: { namespace: string; name: string }, cluster: Lookup): string[] {
  const refersTo = ({ spec }: TargetGroupBinding): boolean =>
    (spec['serviceRef'] as { name?: unknown } | null | undefined)?.name === name;
  return cluster.targetGroupBindingsOfNamespace(namespace).filter(refersTo).map(keyOf);
}
