import { PROJECTIONS } from '../../cluster/project.ts';
import { Invalid } from '../../errors.ts';
import type { KubeObject } from '../../kube/api.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { applied } from './applied.ts';
import type { Manifest, Refusal } from './manifests.ts';
import { KINDS, type Objects, type PlannedKind } from './objects.ts';

/** Those of the kinds that somebody writes. */
const WRITTEN: readonly PlannedKind[] = KINDS.filter((kind) => !['node', 'loadBalancer', 'targetGroup'].includes(kind));

type Key = { kind: PlannedKind; namespace: string; name: string };

/** The cluster once the manifests are applied; `named` are those of them that decide anything. */
export type Future = { objects: Objects; named: Key[]; refused: Refusal[] };

export type Applying = {
  /** Namespace of what names none. */
  namespace: string;
  prune: boolean;
  /** RFC 3339. */
  now: string;
};

/** What the API server would make of the manifests. One that it would refuse, or that we could not read, changes nothing. */
export function applyManifests(live: Objects, manifests: readonly Manifest[], applying: Applying): Future {
  const future: Future = { objects: { ...live }, named: [], refused: [] };
  for (const manifest of manifests) applyOne(future, manifest, applying);
  if (applying.prune) prune(future);
  return future;
}

function applyOne(future: Future, { object }: Manifest, applying: Applying): void {
  const kind = WRITTEN.find((one) => RESOURCES[one].kind === object.kind && isGroup(one, object.apiVersion));
  if (kind === undefined) return noteVersion(future, object);
  const namespace = RESOURCES[kind].namespaced ? (object.metadata.namespace ?? applying.namespace) : '';
  const key = { kind, namespace, name: object.metadata.name };
  const others = future.objects[kind].filter((one) => !isNamed(one, key));
  const known = future.objects[kind].find((one) => isNamed(one, key));
  const merged = applied(object, known, { ...key, created: applying.now });
  try {
    PROJECTIONS[kind](merged);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    future.refused.push({ object: nameOf(key), reason: 'NotReadable', message: error.message });
    return;
  }
  future.objects = { ...future.objects, [kind]: [...others, merged] };
  future.named.push(key);
}

const groupVersionOf = (kind: PlannedKind): string => {
  const { group, version } = RESOURCES[kind];
  return group === '' ? version : `${group}/${version}`;
};

const isGroup = (kind: PlannedKind, apiVersion: string): boolean => groupVersionOf(kind) === apiVersion;

/** An Ingress of a version that is not served any more would be left out in silence. */
function noteVersion({ refused }: Future, { apiVersion, kind, metadata: { name } }: Manifest['object']): void {
  if (kind !== RESOURCES.ingress.kind || (apiVersion.includes('.') && !apiVersion.startsWith('networking.k8s.io/')))
    return;
  const message = `apiVersion: wanted ${groupVersionOf('ingress')}, given ${apiVersion}`;
  refused.push({ object: `Ingress ${name}`, reason: 'NotReadable', message });
}

/** `Ingress shop/web`. */
export const nameOf = ({ kind, namespace, name }: Key): string =>
  `${RESOURCES[kind].kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;

const isNamed = ({ metadata }: KubeObject, { namespace, name }: Key): boolean =>
  metadata.name === name && (metadata.namespace ?? '') === namespace;

/** Ingresses of the namespaces of the manifests that are in none of them. */
function prune(future: Future): void {
  const named = future.named.filter(({ kind }) => kind === 'ingress');
  const namespaces = new Set(future.named.map(({ namespace }) => namespace));
  const stays = (one: KubeObject): boolean =>
    !namespaces.has(one.metadata.namespace ?? '') || named.some((key) => isNamed(one, key));
  future.objects = { ...future.objects, ingress: future.objects.ingress.filter(stays) };
}
