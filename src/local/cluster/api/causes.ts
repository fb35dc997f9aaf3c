import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../kube/api.ts';
import type { Kind } from './kinds.ts';
import { checkMetadata } from './rules/names.ts';
import { at, type Surroundings } from './rules/rules.ts';
import { validate } from './schema/validate.ts';
import { type Cause, prohibited, wrong } from './status.ts';

type Checked = { kind: Kind; old: KubeObject | undefined; object: KubeObject; options: { subresource?: string } };

/** Everything wrong with an object that is about to be stored. */
export function findCauses({ kind, old, object, options }: Checked, around: Surroundings): Cause[] {
  const causes = checkMetadata(object, kind.nameForm, kind.namespaced);
  // Of a built-in kind the real server checks next to nothing in the status.
  const { status: _, ...spec } = object;
  const checked = kind.builtIn ? spec : object;
  if (!kind.builtIn || options.subresource !== 'status')
    causes.push(...validate(checked, kind.schema).map(kind.builtIn ? plainly : (one) => one));
  if (UNRULED.has(options.subresource ?? '') || kind.view) return causes;
  causes.push(...(kind.rules.validate?.(object, around) ?? []));
  if (old) causes.push(...changeCauses(kind, object, old));
  return causes.filter(
    (one, i) => causes.findIndex((other) => other.field === one.field && other.message === one.message) === i,
  );
}

/** A status is hardly checked, and a binding is how a pod's immutable node is set. */
const UNRULED = new Set(['status', 'binding']);

/** The wording for built-in kinds, which custom resources do not share. */
const plainly = (cause: Cause): Cause => ({
  ...cause,
  message: cause.message.replace(`${cause.field} in body should be`, 'must be'),
});

function changeCauses(kind: Kind, object: KubeObject, old: KubeObject): Cause[] {
  const causes = (kind.rules.immutable ?? [])
    .filter((path) => !isDeepStrictEqual(at(object, path), at(old, path)))
    .map((path) => wrong(path, at(object, path), 'field is immutable'));
  const added = (object.metadata.finalizers ?? []).filter((one) => !old.metadata.finalizers?.includes(one));
  if (old.metadata.deletionTimestamp && added.length > 0) {
    causes.push(
      prohibited(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`,
      ),
    );
  }
  return [...causes, ...(kind.rules.validateChange?.(object, old) ?? [])];
}
