import { isDeepStrictEqual } from 'node:util';
import { Conflict, Gone } from '../errors.ts';
import type { KubeApi, KubeObject, NewObject, ObjectKey, Resource } from './api.ts';

type ConditionShape = {
  type: string;
  status: string;
  reason: string;
  message: string;
  observedGeneration?: number;
  lastTransitionTime: string;
};

/** When a condition took the status it is told to have: as before where that is no change, else `now`, in RFC 3339. */
export const transitionTime = (
  before: { status: string; lastTransitionTime?: string } | undefined,
  status: string,
  now: string,
): string => (before?.status === status && before.lastTransitionTime) || now;

/** The conditions with this one in its place; its transition time moves only when its status does. Pure; `now` in RFC 3339. */
export function setCondition<C extends ConditionShape>(
  conditions: readonly C[],
  told: Omit<C, 'lastTransitionTime'>,
  now: string,
): C[] {
  const index = conditions.findIndex(({ type }) => type === told.type);
  const old = conditions[index];
  const condition = { ...told, lastTransitionTime: transitionTime(old, told.status, now) } as C;
  return old === undefined ? [...conditions, condition] : conditions.with(index, condition);
}

type Fields = Record<string, unknown>;

/** The JSON merge patch (RFC 7386) that turns one value into the other; undefined when there is nothing to change. */
export function mergePatchOf(from: unknown, to: unknown): unknown {
  if (isDeepStrictEqual(from, to)) return undefined;
  if (!isFields(from) || !isFields(to)) return to;
  const gone = Object.keys(from).filter((field) => to[field] === undefined);
  const changed = Object.entries(to)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => [field, mergePatchOf(from[field], value)] as const)
    .filter(([, patch]) => patch !== undefined);
  return Object.fromEntries([...gone.map((field) => [field, null] as const), ...changed]);
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object as it was last seen. */
type Seen = { namespace: string; name: string; uid: string };

export type StatusWrite = { resource: Resource; key: ObjectKey; from: object | undefined; to: object };

/** Writes what differs between two statuses, and nothing when nothing does. Returns whether it wrote. Throws Gone when the object is not there. */
export async function writeStatus(kube: Pick<KubeApi, 'patch'>, write: StatusWrite): Promise<boolean> {
  const status = mergePatchOf(write.from ?? {}, write.to);
  if (status === undefined) return false;
  await kube.patch(write.resource, write.key, { type: 'merge', subresource: 'status', body: { status } });
  return true;
}

type Finalizing = { resource: Resource; object: Seen; finalizer: string };
type ReadWrite = Pick<KubeApi, 'get' | 'patch'>;

/** Holds the object until we let go of it. Throws Gone when that very object (by uid) is there no more, or is already being deleted. */
export async function addFinalizer(kube: ReadWrite, holding: Finalizing): Promise<void> {
  const { finalizer, object } = holding;
  const found = await rewriteFinalizers(kube, holding, (now, current) => {
    if (now.includes(finalizer)) return now;
    if (current.metadata.deletionTimestamp) throw new Gone(`${object.namespace}/${object.name} is being deleted`);
    return [...now, finalizer];
  });
  if (!found) throw new Gone(`${object.namespace}/${object.name} is not there any more`);
}

/** Lets go of the object; done where it is gone already. */
export async function removeFinalizer(kube: ReadWrite, { resource, object, finalizer }: Finalizing): Promise<void> {
  await rewriteFinalizers(kube, { resource, object }, (now) => now.filter((one) => one !== finalizer));
}

const TRIES = 5;

// Reads afresh and writes with the version read: a finalizer that somebody else adds meanwhile is never lost.
async function rewriteFinalizers(
  kube: ReadWrite,
  { resource, object }: Omit<Finalizing, 'finalizer'>,
  change: (now: string[], current: KubeObject) => string[],
): Promise<boolean> {
  const key = object.namespace === '' ? { name: object.name } : { namespace: object.namespace, name: object.name };
  for (let tries = 1; ; tries++) {
    const current = await kube.get(resource, key);
    if (current === undefined || current.metadata.uid !== object.uid) return false;
    const now = current.metadata.finalizers ?? [];
    const finalizers = change(now, current);
    if (isDeepStrictEqual(finalizers, now)) return true;
    const { resourceVersion } = current.metadata;
    try {
      await kube.patch(resource, key, { type: 'merge', body: { metadata: { resourceVersion, finalizers } } });
      return true;
    } catch (error) {
      if (error instanceof Gone) return false;
      if (!(error instanceof Conflict) || tries === TRIES) throw error;
    }
  }
}

/** Creates the object, or corrects those of its top-level fields (`spec`, `data`, …) that say something else. Writes nothing when all is as it should be. */
export async function ensureObject(
  kube: Pick<KubeApi, 'get' | 'create' | 'patch'>,
  resource: Resource,
  wanted: NewObject,
): Promise<KubeObject> {
  const { namespace, name } = wanted.metadata;
  const key = namespace === undefined ? { name } : { namespace, name };
  const current = (await kube.get(resource, key)) ?? (await createOrFind(kube, { resource, key, wanted }));
  const { metadata: _metadata, apiVersion: _apiVersion, kind: _kind, ...fields } = wanted;
  const present = Object.fromEntries(Object.keys(fields).map((field) => [field, current[field]]));
  const body = mergePatchOf(present, fields);
  return body === undefined ? current : kube.patch(resource, key, { type: 'merge', body: body as object });
}

async function createOrFind(
  kube: Pick<KubeApi, 'get' | 'create'>,
  { resource, key, wanted }: { resource: Resource; key: ObjectKey; wanted: NewObject },
): Promise<KubeObject> {
  try {
    return await kube.create(resource, wanted);
  } catch (error) {
    const found = error instanceof Conflict ? await kube.get(resource, key) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}
