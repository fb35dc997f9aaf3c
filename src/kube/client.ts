import { Gone } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { KubeApi, KubeObject, NewObject, ObjectKey, Patch, Resource, WatchScope } from './api.ts';
import { fromGarbage } from './errors.ts';
import { isFenced } from './fence.ts';
import { listPages, parseJson } from './list.ts';
import type { Call, Transport } from './transport.ts';
import { nameOf, pathOf } from './url.ts';
import { type WatchOptions, watchForever } from './watch.ts';

export type KubeClientOptions = Pick<WatchOptions, 'onTrouble' | 'freshness'> & {
  transport: Transport;
  clock: Clock;
  /** Asked by every write of what only the leader may write, when it is about to go out; what it throws is the answer. */
  fence?: () => void;
};

const CONTENT_TYPE: Record<Patch['type'], string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml', // JSON is YAML
};

/** The Kubernetes API over HTTP. */
export function kubeClient({ transport, fence, ...options }: KubeClientOptions): KubeApi {
  const write = (resource: Resource, call: Call): Call =>
    fence !== undefined && isFenced(resource) ? { ...call, fence } : call;
  const streaming = { supported: true };
  return {
    watch: (resource, scope: WatchScope) => watchForever({ ...options, transport, streaming }, resource, scope),
    list: async (resource, scope = {}) => (await listPages(transport, resource, scope)).objects,
    serverNow: () => (transport.aheadMs === undefined ? undefined : options.clock.now() + transport.aheadMs),
    get: (resource, key) => sendForObject(transport, callFor('get', resource, key)).catch(undefinedWhenGone),
    create: (resource, object) => sendForObject(transport, write(resource, createCall(resource, object))),
    patch: (resource, key, patch) => sendForObject(transport, write(resource, patchCall({ resource, key, patch }))),
    delete: async (resource, key) => {
      await transport.send(write(resource, deleteCall(resource, key)));
    },
  };
}

const METHOD = { get: 'GET', create: 'POST', patch: 'PATCH', delete: 'DELETE' } as const;

function callFor(verb: keyof typeof METHOD, resource: Resource, key: ObjectKey): Call {
  return { verb, what: nameOf(resource, key), method: METHOD[verb], path: pathOf(resource, key) };
}

function createCall(resource: Resource, object: NewObject): Call {
  const { namespace, name } = object.metadata;
  const key = { name, ...(namespace === undefined ? {} : { namespace }) };
  const path = pathOf(resource, namespace === undefined ? {} : { namespace });
  return { ...callFor('create', resource, key), path, body: typed(resource, object) };
}

function patchCall({ resource, key, patch }: { resource: Resource; key: ObjectKey; patch: Patch }): Call {
  const call = callFor('patch', resource, key);
  const applied = patch.type === 'apply' ? { fieldManager: patch.fieldManager, force: patch.force } : {};
  return {
    ...call,
    path: patch.subresource ? `${call.path}/${patch.subresource}` : call.path,
    query: { fieldManager: 'podwire', ...applied },
    contentType: CONTENT_TYPE[patch.type],
    body: patch.type === 'apply' ? typed(resource, patch.body) : patch.body,
  };
}

type DeleteKey = ObjectKey & { uid?: string; graceSeconds?: number };

function deleteCall(resource: Resource, { uid, graceSeconds, ...key }: DeleteKey): Call {
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  const grace = graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...preconditions, ...grace };
  return { ...callFor('delete', resource, key), body };
}

function typed(resource: Resource, object: NewObject): NewObject {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  return { apiVersion, kind: resource.kind, ...object };
}

async function sendForObject(transport: Transport, call: Call): Promise<KubeObject> {
  const text = await transport.send(call);
  const object = parseJson(text) as KubeObject | null | undefined;
  // A Binding is answered with a Status, which has no name.
  if (typeof object?.metadata?.name === 'string' || object?.kind === 'Status') return object;
  throw fromGarbage(call, text);
}

function undefinedWhenGone(error: unknown): undefined {
  if (error instanceof Gone) return undefined;
  throw error;
}
