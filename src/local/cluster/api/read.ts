import type { KubeObject } from '../../../kube/api.ts';
import { type Cluster, present } from './state.ts';
import type { Kind } from './kinds.ts';
import { fieldMatcher, labelMatcher, type Matcher } from './selectors.ts';
import { badRequest, expired, expiredContinue, tooLargeVersion } from './status.ts';

export type Selection = { namespace?: string; labelSelector?: string; fieldSelector?: string };

export type ListOptions = Selection & {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: string;
};

export type ObjectList = { items: KubeObject[]; version: string; continue?: string; remaining?: number };

/** True for the objects of this kind (in its own form) that the query asks for. */
export function selectionMatcher(kind: Kind, { namespace, labelSelector, fieldSelector }: Selection): Matcher {
  const matchers: Matcher[] = [];
  if (namespace && kind.namespaced) matchers.push((object) => object.metadata.namespace === namespace);
  if (labelSelector) matchers.push(labelMatcher(labelSelector));
  if (fieldSelector) matchers.push(fieldMatcher(fieldSelector, kind.fields));
  return (object) => matchers.every((matches) => matches(object));
}

/** Lists in key order; in pages where a limit is given, each page of the same resourceVersion. */
export function listObjects(cluster: Cluster, kind: Kind, options: ListOptions): ObjectList {
  const matches = selectionMatcher(kind, options);
  const page = options.continue ? readToken(options.continue) : undefined;
  const { stored, version } = snapshot(cluster, kind, { ...options, ...(page && { at: page.version }) });
  const found = stored.map((object) => present(kind, object)).filter(matches);
  const rest = page ? found.filter((object) => afterToken(object, page)) : found;
  const { limit } = options;
  if (!limit || rest.length <= limit) return { items: rest, version: String(version) };
  const items = rest.slice(0, limit);
  const { namespace = '', name } = (items.at(-1) as KubeObject).metadata;
  const token = Buffer.from(JSON.stringify({ version, namespace, name })).toString('base64url');
  // With a selector the real server cannot tell how many remain, and leaves it out.
  const selective = options.labelSelector || options.fieldSelector;
  return { items, version: String(version), continue: token, ...(!selective && { remaining: rest.length - limit }) };
}

type Token = { version: number; namespace: string; name: string };

function readToken(text: string): Token {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Token;
    if (Number.isInteger(token.version)) return token;
  } catch {
    // Told below, as every other token that is not ours.
  }
  throw badRequest('continue key is not valid: it is not one that this server gave out');
}

function afterToken(object: KubeObject, token: Token): boolean {
  const { namespace = '', name } = object.metadata;
  return namespace === token.namespace ? name > token.name : namespace > token.namespace;
}

function snapshot(
  cluster: Cluster,
  kind: Kind,
  options: ListOptions & { at?: number },
): { stored: KubeObject[]; version: number } {
  const { store } = cluster;
  if (options.at !== undefined) {
    const stored = store.listAt(kind.storage, options.at);
    if (!stored) throw expiredContinue();
    return { stored, version: options.at };
  }
  const asked = parseVersion(options.resourceVersion);
  if (asked > store.version) throw tooLargeVersion(asked, store.version);
  if (options.resourceVersionMatch !== 'Exact') return { stored: store.list(kind.storage), version: store.version };
  const stored = store.listAt(kind.storage, asked);
  if (!stored) throw expired(asked, store.oldest);
  return { stored, version: asked };
}

export function parseVersion(text: string | undefined): number {
  if (!text) return 0;
  if (!/^\d+$/.test(text)) throw badRequest(`Invalid value: ${JSON.stringify(text)}: a resourceVersion is a number`);
  return Number(text);
}
