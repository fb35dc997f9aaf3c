import { Conflict, Denied, Gone, Invalid, Retry, Throttled } from '../../../errors.ts';
import type {
  Change,
  KubeApi,
  KubeObject,
  NewObject,
  ObjectKey,
  Patch,
  Resource,
  WatchScope,
} from '../../../kube/api.ts';
import { bindPod } from './binding.ts';
import { evictPod } from './eviction.ts';
import type { Cluster } from './state.ts';
import type { Kind } from './kinds.ts';
import { patchObject } from './patch.ts';
import { listObjects, parseVersion } from './read.ts';
import { deleteObject } from './remove.ts';
import { ApiError, noSuchPath } from './status.ts';
import { type WatchEvent, watchObjects } from './watch.ts';
import { createObject, currentObject, type WriteOptions } from './write.ts';

const MANAGER = 'podwire';

/** The cluster as the operator sees it, without HTTP between: same answers, same errors. */
export function localKubeApi(cluster: Cluster): KubeApi {
  return {
    watch: (resource, scope) => follow(cluster, resource, scope),
    serverNow: () => cluster.clock.now(),
    list: (resource, scope = {}) =>
      closed(() => listObjects(cluster, kindOf(cluster, resource), scope).items.map((one) => structuredClone(one))),
    get: (resource, key) =>
      closed(() => structuredClone(currentObject(cluster, kindOf(cluster, resource), key))).catch((error: unknown) => {
        if (error instanceof Gone) return undefined;
        throw error;
      }),
    create: (resource, object) =>
      closed(async () => {
        if (/(^|\/)bindings?$/.test(resource.plural)) return bind(cluster, object);
        if (resource.plural.endsWith('/eviction')) return evict(cluster, object);
        const options = writeOptions({ ...(object.metadata.namespace && { namespace: object.metadata.namespace }) });
        return structuredClone(
          await createObject(cluster, kindOf(cluster, resource), { body: typed(resource, object), options }),
        );
      }),
    patch: (resource, key, patch) =>
      closed(() => patchWith(cluster, { kind: kindOf(cluster, resource), key, patch: typedPatch(resource, patch) })),
    delete: (resource, { uid, graceSeconds, ...key }) =>
      closed(() => {
        const options = {
          ...(uid && { preconditions: { uid } }),
          ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
        };
        deleteObject(cluster, { kind: kindOf(cluster, resource), ...key }, options);
      }),
  };
}

/** Callers may leave out what the resource says already, as with the HTTP client. */
function typed<T extends NewObject>(resource: Resource, object: T): T {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  return { apiVersion, kind: resource.kind, ...object };
}

const typedPatch = (resource: Resource, patch: Patch): Patch =>
  patch.type === 'apply' ? { ...patch, body: typed(resource, patch.body) } : patch;

/** A Binding is answered with a Status, as over HTTP. */
async function bind(cluster: Cluster, binding: NewObject): Promise<KubeObject> {
  const { name, namespace } = binding.metadata;
  return (await bindPod(
    cluster,
    binding,
    writeOptions({ name, ...(namespace && { namespace }) }),
  )) as unknown as KubeObject;
}

/** An Eviction is answered with a Status as well. */
async function evict(cluster: Cluster, eviction: NewObject): Promise<KubeObject> {
  const { name, namespace } = eviction.metadata;
  await evictPod(cluster, eviction, writeOptions({ name, ...(namespace && { namespace }) }));
  return eviction as KubeObject;
}

const writeOptions = (key: Partial<ObjectKey>): WriteOptions => ({
  ...key,
  manager: MANAGER,
  validation: 'Ignore',
  warnings: [],
});

function kindOf(cluster: Cluster, resource: Resource): Kind {
  const kind = cluster.kinds.find(resource);
  if (!kind) throw noSuchPath();
  return kind;
}

const TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

async function patchWith(
  cluster: Cluster,
  { kind, key, patch }: { kind: Kind; key: ObjectKey; patch: Patch },
): Promise<KubeObject> {
  const options = {
    ...writeOptions(key),
    ...(patch.subresource && { subresource: patch.subresource }),
    ...(patch.type === 'apply' && { manager: patch.fieldManager, force: patch.force === true }),
  };
  const { object } = await patchObject(cluster, kind, { type: TYPES[patch.type], body: patch.body, options });
  return structuredClone(object);
}

async function closed<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof ApiError ? closedError(error) : error;
  }
}

type Closed = (text: { message: string; field: string }, options: ErrorOptions & { afterMs?: number }) => Error;

const invalidObject: Closed = ({ field, message }, options) => new Invalid(field, message, options);
const denied: Closed = ({ message }, options) => new Denied(message, message, options);

/** HTTP status -> the error of the closed set that it means. */
const CLOSED: Record<number, Closed> = {
  400: invalidObject,
  401: denied,
  403: denied,
  404: ({ message }, options) => new Gone(message, options),
  409: ({ message }, options) => new Conflict(message, options),
  422: invalidObject,
  429: ({ message }, options) => new Throttled(message, options),
};

function closedError(error: ApiError): Error {
  const { code, message = '', details } = error.status;
  const seconds = details?.retryAfterSeconds;
  const options = { cause: error, ...(seconds !== undefined && { afterMs: seconds * 1000 }) };
  const field = details?.causes?.[0]?.field ?? 'object';
  return CLOSED[code]?.({ message, field }, options) ?? new Retry(message, options);
}

/** A whole snapshot, then single changes, until the signal aborts. */
async function* follow(cluster: Cluster, resource: Resource, { signal, ...scope }: WatchScope): AsyncGenerator<Change> {
  const queue: Change[] = [];
  let wake: () => void = () => undefined;
  const send = ({ type, object }: WatchEvent): void => {
    if (type === 'BOOKMARK' || type === 'ERROR') return;
    queue.push({ kind: type === 'DELETED' ? 'remove' : 'put', object: structuredClone(object) });
    wake();
  };
  const kind = await whenServed(cluster, resource, signal);
  if (!kind) return;
  const { items, version } = listObjects(cluster, kind, scope);
  queue.push({ kind: 'replace', objects: items.map((one) => structuredClone(one)) });
  const stop = watchObjects(cluster, kind, {
    options: { ...scope, resourceVersion: String(Math.max(1, parseVersion(version))) },
    send,
  });
  signal.addEventListener('abort', () => wake());
  try {
    while (!signal.aborted) {
      const change = queue.shift();
      if (change) yield change;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stop();
  }
}

const RETRY_MS = 1000;

/** A kind whose definition is not there yet may come. */
async function whenServed(cluster: Cluster, resource: Resource, signal: AbortSignal): Promise<Kind | undefined> {
  for (;;) {
    const kind = cluster.kinds.find(resource);
    if (kind || signal.aborted) return kind;
    await cluster.clock.sleep(RETRY_MS, signal);
  }
}
