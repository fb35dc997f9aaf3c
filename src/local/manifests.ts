import { readFile } from 'node:fs/promises';
import { loadAll } from 'js-yaml';
import type { KubeApi, NewObject, Resource } from '../kube/api.ts';
import { BUILT_IN_KINDS, groupVersion } from './cluster/api/kinds.ts';

/** The objects of a YAML file, in its order. */
export async function readManifests(file: string): Promise<NewObject[]> {
  const documents = loadAll(await readFile(file, 'utf8')) as (NewObject | null)[];
  return documents.filter((object) => object !== null);
}

/** Applies objects in order, as `kubectl apply --server-side` does. */
export async function applyObjects(kube: Pick<KubeApi, 'patch'>, objects: NewObject[]): Promise<void> {
  for (const body of objects) {
    const { namespace, name } = body.metadata;
    const key = namespace === undefined ? { name } : { namespace, name };
    await kube.patch(resourceOf(body), key, { type: 'apply', body, fieldManager: 'podwire-local', force: true });
  }
}

/** The kind of an object, as the API server serves it. */
function resourceOf({ apiVersion, kind }: NewObject): Resource {
  const found = BUILT_IN_KINDS.find((one) => one.kind === kind && groupVersion(one) === apiVersion);
  if (found === undefined)
    throw new Error(`manifest: wanted a kind the local cluster has, given ${String(apiVersion)} ${String(kind)}`);
  return found;
}
