import type { KubeObject } from '../../kube/api.ts';
import type { Meta } from '../objects.ts';
import { Part } from './fields.ts';
import { intern } from './intern.ts';

/** The parts of a raw object; `status` and `spec` are empty where it has none. */
export function readObject(object: KubeObject): { root: Part; metadata: Part; spec: Part; status: Part } {
  const root = Part.of('', object);
  return { root, metadata: root.part('metadata'), spec: root.part('spec'), status: root.part('status') };
}

/** Maps that nobody asks for are left out by `without`. */
export function readMeta(metadata: Part, without: readonly ('labels' | 'annotations')[] = []): Meta {
  return {
    uid: metadata.text('uid'),
    namespace: intern(metadata.text('namespace', '')),
    name: metadata.text('name'),
    generation: metadata.number('generation', 0),
    created: metadata.text('creationTimestamp', ''),
    deleting: metadata.has('deletionTimestamp'),
    labels: without.includes('labels') ? {} : metadata.map('labels'),
    annotations: without.includes('annotations') ? {} : withoutLastApplied(metadata.map('annotations')),
    finalizers: metadata.texts('finalizers'),
  };
}

function withoutLastApplied(annotations: Record<string, string>): Record<string, string> {
  delete annotations['kubectl.kubernetes.io/last-applied-configuration'];
  return annotations;
}
