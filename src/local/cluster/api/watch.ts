import type { KubeObject } from '../../../kube/api.ts';
import { type Cluster, present } from './state.ts';
import { groupVersion, type Kind } from './kinds.ts';
import { parseVersion, type Selection, selectionMatcher } from './read.ts';
import { expired, invalid, prohibited } from './status.ts';
import type { StoreEvent } from './store.ts';

export type WatchOptions = Selection & {
  resourceVersion?: string;
  resourceVersionMatch?: string;
  allowWatchBookmarks?: boolean;
  sendInitialEvents?: boolean;
};

export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: KubeObject };

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * Sends the events of the kind until the returned function is called. From no resourceVersion (or 0, or with `sendInitialEvents`) first an
 * ADDED of every object; from another one every write after it, or 410 where those are forgotten. A resourceVersion of the future is silent.
 */
export function watchObjects(
  cluster: Cluster,
  kind: Kind,
  on: { options: WatchOptions; send: (event: WatchEvent) => void },
): () => void {
  const { options, send } = on;
  checkOptions(options);
  const asked = parseVersion(options.resourceVersion);
  const whole = options.sendInitialEvents ?? asked === 0;
  const translate = translator(kind, options);
  const past = whole ? [] : cluster.store.since(asked);
  if (!past) throw expired(asked, cluster.store.oldest);
  if (whole) sendInitial(cluster, kind, on);
  const pass = (event: StoreEvent): void => {
    const translated = event.version > asked ? translate(event) : undefined;
    if (translated) send(translated);
  };
  for (const event of past) pass(event);
  return cluster.store.subscribe(pass);
}

const LIST_OPTIONS = { group: 'meta.k8s.io', plural: '', kind: 'ListOptions' };

function checkOptions(options: WatchOptions): void {
  if (options.sendInitialEvents === undefined) {
    if (!options.resourceVersionMatch) return;
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    throw invalid(LIST_OPTIONS, '', [prohibited('resourceVersionMatch', why)]);
  }
  if (options.resourceVersionMatch !== 'NotOlderThan') {
    throw invalid(LIST_OPTIONS, '', [
      prohibited('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    ]);
  }
}

function sendInitial(
  cluster: Cluster,
  kind: Kind,
  { options, send }: { options: WatchOptions; send: (event: WatchEvent) => void },
): void {
  const matches = selectionMatcher(kind, options);
  for (const stored of cluster.store.list(kind.storage)) {
    const object = present(kind, stored);
    if (matches(object)) send({ type: 'ADDED', object });
  }
  if (options.sendInitialEvents && options.allowWatchBookmarks)
    send(bookmark(cluster, kind, { [INITIAL_EVENTS_END]: 'true' }));
}

/** An object of the kind that says nothing but how far the watch is. */
export function bookmark(cluster: Cluster, kind: Kind, annotations?: Record<string, string>): WatchEvent {
  const metadata = {
    resourceVersion: String(cluster.store.version),
    creationTimestamp: null,
    ...(annotations && { annotations }),
  };
  return {
    type: 'BOOKMARK',
    object: { kind: kind.kind, apiVersion: groupVersion(kind), metadata } as unknown as KubeObject,
  };
}

/** A write as this watcher sees it: an object that stops matching is gone for it, one that starts is new. */
function translator(kind: Kind, selection: Selection): (event: StoreEvent) => WatchEvent | undefined {
  const matches = selectionMatcher(kind, selection);
  return ({ type, storage, object: stored, previous }) => {
    if (storage !== kind.storage) return undefined;
    const object = present(kind, stored);
    const before = previous !== undefined && matches(present(kind, previous));
    if (type === 'DELETED') return before ? { type, object } : undefined;
    const now = matches(object);
    if (now) return { type: before ? 'MODIFIED' : 'ADDED', object };
    return before ? { type: 'DELETED', object } : undefined;
  };
}
