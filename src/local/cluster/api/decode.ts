import type { KubeObject } from '../../../kube/api.ts';
import { groupVersion, type Kind } from './kinds.ts';
import { pruneUnknown } from './schema/prune.ts';
import { isObject } from './schema/schema.ts';
import { findWrongType } from './schema/validate.ts';
import { badRequest } from './status.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/**
 * The body as an object of this kind: apiVersion and kind checked, nulls and unknown fields removed. Unknown fields fail a Strict
 * request and are warned of in a Warn one.
 */
export function decode(kind: Kind, body: unknown, on: { validation: FieldValidation; warnings: string[] }): KubeObject {
  if (!isObject(body))
    throw badRequest(`the object provided is unrecognized: ${kind.kind} wanted, ${JSON.stringify(body)} given`);
  const object = structuredClone(body) as KubeObject;
  checkType(kind, object);
  const title = `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}`;
  object.metadata = isObject(object.metadata) ? object.metadata : ({} as KubeObject['metadata']);
  const mistyped = findWrongType(kind.builtIn ? object : { metadata: object.metadata }, kind.schema);
  if (mistyped) throw badRequest(`${title}: ${mistyped}`);
  const unknown = pruneUnknown(object, kind.schema).map((path) => `unknown field ${JSON.stringify(path)}`);
  if (unknown.length > 0 && on.validation === 'Strict')
    throw badRequest(`${title}: strict decoding error: ${unknown.join(', ')}`);
  if (on.validation === 'Warn') on.warnings.push(...unknown);
  return object;
}

function checkType(kind: Kind, object: KubeObject): void {
  const wanted = groupVersion(kind);
  if (!kind.builtIn && !object.kind) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): Object 'Kind' is missing in it`,
    );
  }
  object.apiVersion ??= wanted;
  object.kind ??= kind.kind;
  if (object.apiVersion !== wanted) {
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${wanted})`,
    );
  }
  if (object.kind !== kind.kind) {
    throw badRequest(
      `${object.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: no kind ${JSON.stringify(object.kind)} is registered for ${wanted} here`,
    );
  }
}
