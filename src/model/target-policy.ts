import type { Service } from '../cluster/objects.ts';
import { annotationSource, type Reading, read } from './annotations/source.ts';
import { ingressSources } from './group.ts';
import type { Member } from './input.ts';

/** What the annotations say about the targets of one backend. */
export type TargetPolicy = { wanted: 'ip' | 'instance'; mayFallBack: boolean };

/** Reads the policy of a backend; what is wrong becomes a problem of the reading. */
export function readTargetPolicy(reading: Reading, defaultTargetType: TargetPolicy['wanted']): TargetPolicy {
  return {
    wanted: read(reading, 'target-type') ?? defaultTargetType,
    mayFallBack: read(reading, 'podwire.dev/target-fallback') !== 'never',
  };
}

/** The policy of a Service as one Ingress names it. Wrong values read as absent: whoever builds the stack tells of them. */
export function policyOf(
  { ingress, class: of, params }: Pick<Member, 'ingress' | 'class' | 'params'>,
  { name, annotations }: Pick<Service, 'name' | 'annotations'>,
  defaultTargetType: TargetPolicy['wanted'],
): TargetPolicy {
  const sources = ingressSources({ ingress, ...(of && { class: of }), ...(params && { params }) }, []);
  const own = annotationSource(`Service ${ingress.namespace}/${name}`, annotations);
  return readTargetPolicy({ sources: sources.toSpliced(params ? 1 : 0, 0, own), problems: [] }, defaultTargetType);
}
