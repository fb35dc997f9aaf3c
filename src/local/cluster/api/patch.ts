import type { KubeObject } from '../../../kube/api.ts';
import { applyPatch, type Operation } from 'rfc6902';
import { type Cluster } from './state.ts';
import { decode } from './decode.ts';
import { applyObject } from './fields/apply.ts';
import type { Kind } from './kinds.ts';
import { strategicMerge } from './strategic-merge.ts';
import { isObject, type Json } from './schema/schema.ts';
import { ApiError, badRequest, unsupportedMediaType } from './status.ts';
import { currentObject, replace, type WriteOptions } from './write.ts';

export type PatchOptions = WriteOptions & { force?: boolean };

const PATCHES = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': (object: Json, patch: unknown) => mergePatch(object, patch) as Json,
  'application/strategic-merge-patch+json': (object: Json, patch: unknown, kind: Kind) => {
    if (!kind.builtIn) throw unsupportedMediaType('application/strategic-merge-patch+json', CUSTOM_TYPES);
    return strategicMerge(object, patch, kind.schema) as Json;
  },
} as const;

const CUSTOM_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];

/** How often a patch without a resourceVersion is tried again when somebody wrote in between, as the real server does it. */
const TRIES = 5;

/** Patches the object; only an apply patch creates one that is not there. `created` tells which. */
export async function patchObject(
  cluster: Cluster,
  kind: Kind,
  request: { type: string; body: unknown; options: PatchOptions },
): Promise<{ object: KubeObject; created: boolean }> {
  const { type, body, options } = request;
  if (type === 'application/apply-patch+yaml') return applyObject(cluster, kind, { body, options });
  checkPatchType(type);
  const patch = PATCHES[type as keyof typeof PATCHES];
  for (let tries = 1; ; tries++) {
    const old = currentObject(cluster, kind, options);
    const object = decode(kind, patch(structuredClone(old) as Json, body, kind), options);
    try {
      return { object: await replace(cluster, { kind, old, object, options }), created: false };
    } catch (error) {
      const moved =
        error instanceof ApiError &&
        error.status.reason === 'Conflict' &&
        object.metadata.resourceVersion === old.metadata.resourceVersion;
      if (!moved || tries === TRIES) throw error;
    }
  }
}

export function checkPatchType(type: string): void {
  const known = [...Object.keys(PATCHES), 'application/apply-patch+yaml'];
  if (!known.includes(type)) throw unsupportedMediaType(type, known);
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

function jsonPatch(object: Json, patch: unknown): Json {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  const failed = applyPatch(object, patch as Operation[]).find((error) => error !== null);
  if (!failed) return object;
  throw new ApiError(422, 'Invalid', {
    message: `the server rejected our request due to an error in our request: ${failed.message}`,
  });
}
