/** One kind the API server serves. `plural` as in its URL. */
export type Resource = {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
};

export type ObjectKey = { namespace?: string; name: string };

export type ObjectMeta = {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
};

/** Any object as the wire has it: timestamps are strings. */
export type KubeObject = { apiVersion?: string; kind?: string; metadata: ObjectMeta; [field: string]: unknown };

/** What a create or an apply sends: the server fills in the rest of the metadata. */
export type NewObject = Omit<KubeObject, 'metadata'> & { metadata: Partial<ObjectMeta> & { name: string } };

/** `replace` is a whole snapshot (first list, or after 410); `put` and `remove` are single changes. */
export type Change = { kind: 'replace'; objects: KubeObject[] } | { kind: 'put' | 'remove'; object: KubeObject };

export type WatchScope = { namespace?: string; labelSelector?: string; fieldSelector?: string; signal: AbortSignal };

export type Patch =
  | { type: 'merge'; body: object; subresource?: 'status' }
  | { type: 'json'; body: readonly object[]; subresource?: 'status' }
  | { type: 'apply'; body: NewObject; subresource?: 'status'; fieldManager: string; force?: boolean };

/**
 * The part of the Kubernetes API that Podwire uses. Two forms: HTTP (`kube/client.ts`) and in memory (`local/cluster`).
 * Errors are the closed set of `errors.ts`: Gone (404), Conflict (409 on a stale version), Invalid (422, 400), Denied (403),
 * Throttled (429), Retry (everything else).
 */
export interface KubeApi {
  /** Lists, then watches until the signal aborts; every failure is retried, none ends it. */
  watch(resource: Resource, scope: WatchScope): AsyncIterable<Change>;
  list(resource: Resource, scope?: Omit<WatchScope, 'signal'>): Promise<KubeObject[]>;
  /** An uncached read; undefined when it is not there. */
  get(resource: Resource, key: ObjectKey): Promise<KubeObject | undefined>;
  create(resource: Resource, object: NewObject): Promise<KubeObject>;
  patch(resource: Resource, key: ObjectKey, patch: Patch): Promise<KubeObject>;
  /** The API server's clock as last heard, milliseconds since 1970; undefined while it was not. */
  serverNow?(): number | undefined;
  /** Gone when it is not there; with a uid, Conflict when another object has the name. `graceSeconds` is for pods: 0 removes the object. */
  delete(resource: Resource, key: ObjectKey & { uid?: string; graceSeconds?: number }): Promise<void>;
}
