import type { Pod } from '../../objects.ts';

/** What is known of a pod where it runs. */
export type PodPlace = { pod: Pod; node: string; hostAddress: string; addresses: string[] };

type Field = (place: PodPlace) => string | undefined;

const FIELDS: Record<string, Field> = {
  'metadata.name': ({ pod }) => pod.metadata.name,
  'metadata.namespace': ({ pod }) => pod.metadata.namespace,
  'metadata.uid': ({ pod }) => pod.metadata.uid,
  'spec.nodeName': ({ node }) => node,
  'spec.serviceAccountName': ({ pod }) => pod.spec.serviceAccountName,
  'status.hostIP': ({ hostAddress }) => hostAddress,
  'status.podIP': ({ addresses }) => addresses[0],
  'status.podIPs': ({ addresses }) => addresses.join(','),
};

const KEYED = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

/** The value of a `fieldRef` (Kubernetes, Downward API). Throws on a field that it has not. */
export function fieldOf(place: PodPlace, path: string): string {
  const [, map, key] = KEYED.exec(path) ?? [];
  if (key !== undefined) return place.pod.metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  const field = FIELDS[path];
  if (field === undefined) throw new Error(`fieldRef: wanted one of ${Object.keys(FIELDS).join(', ')}, given ${path}`);
  return field(place) ?? '';
}
