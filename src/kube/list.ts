import { Gone } from '../errors.ts';
import type { KubeApi, KubeObject, Resource, WatchScope } from './api.ts';
import { Expired, fromGarbage } from './errors.ts';
import { withoutNoise } from './frames.ts';
import type { Call, Transport } from './transport.ts';
import { nameOf, pathOf } from './url.ts';

export type ListScope = Partial<WatchScope>;
type Page = { metadata: { resourceVersion: string; continue?: string }; items: KubeObject[] };

const PAGE_SIZE = 500;

/** Lists a kind; none where the API server does not know it. */
export async function listKnown(
  kube: Pick<KubeApi, 'list'>,
  resource: Resource,
  scope: Omit<WatchScope, 'signal'> = {},
): Promise<KubeObject[]> {
  try {
    return await kube.list(resource, scope);
  } catch (error) {
    if (error instanceof Gone) return [];
    throw error;
  }
}

/** All objects of one kind, page by page, and the version to watch from. */
export async function listPages(
  transport: Transport,
  resource: Resource,
  scope: ListScope,
): Promise<{ version: string; objects: KubeObject[] }> {
  try {
    return await followPages(transport, callOf(resource, scope), PAGE_SIZE);
  } catch (error) {
    if (!(error instanceof Expired)) throw error;
    return followPages(transport, callOf(resource, scope), undefined); // too slow for pages: all in one
  }
}

async function followPages(transport: Transport, call: Call, limit: number | undefined) {
  const objects: KubeObject[] = [];
  let next: string | undefined;
  for (;;) {
    const page = await readPage(transport, { ...call, query: { ...call.query, limit, continue: next } });
    for (const object of page.items) if (withoutNoise(object)) objects.push(object);
    next = page.metadata.continue || undefined;
    if (next === undefined) return { version: page.metadata.resourceVersion, objects };
  }
}

async function readPage(transport: Transport, call: Call): Promise<Page> {
  const text = await transport.send(call);
  const page = parseJson(text) as Partial<Page> | null | undefined;
  if (typeof page?.metadata?.resourceVersion !== 'string') throw fromGarbage(call, text);
  if (page.items !== null && !Array.isArray(page.items)) throw fromGarbage(call, text);
  return { metadata: page.metadata, items: page.items ?? [] };
}

/** The call that lists or watches the kind in that scope. */
export function callOf(resource: Resource, scope: ListScope): Call {
  const { labelSelector, fieldSelector, signal, namespace } = scope;
  return {
    verb: 'list',
    what: nameOf(resource, namespace === undefined ? {} : { namespace }),
    method: 'GET',
    path: pathOf(resource, namespace === undefined ? {} : { namespace }),
    query: { labelSelector, fieldSelector },
    ...(signal ? { signal } : {}),
  };
}

/** Undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
