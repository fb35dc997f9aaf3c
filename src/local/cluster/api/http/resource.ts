import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cluster } from '../state.ts';
import { checkPatchType, patchObject } from '../patch.ts';
import { listObjects } from '../read.ts';
import { type DeleteOptions, deleteCollection, deleteObject } from '../remove.ts';
import { badRequest, invalid, methodNotAllowed, required, type Status } from '../status.ts';
import { SUBRESOURCES } from '../subresources.ts';
import { createObject, currentObject, updateObject } from '../write.ts';
import { type Representation, negotiate, showList, showObject } from './representation.ts';
import { mediaType, readBody, readListOptions, readWatchOptions, readWriteOptions } from './request.ts';
import type { Target } from './route.ts';
import { streamWatch } from './watch-stream.ts';

export type Exchange = { request: IncomingMessage; response: ServerResponse; query: URLSearchParams; target: Target };
export type Answer = { code: number; body: unknown; warnings?: readonly string[] };

/** Answers a request about objects; undefined when a watch goes on answering. */
export async function answerResource(cluster: Cluster, exchange: Exchange): Promise<Answer | undefined> {
  const { request, target } = exchange;
  const { subresource } = target;
  if (subresource !== undefined && subresource !== 'status') return SUBRESOURCES[subresource](cluster, exchange);
  if (target.kind.plural === 'bindings') return SUBRESOURCES.binding(cluster, exchange);
  if (target.name === undefined) return answerCollection(cluster, exchange);
  const verb = VERBS[request.method ?? ''];
  if (!verb) throw methodNotAllowed();
  if (exchange.query.get('watch') === 'true' && request.method === 'GET') return watch(cluster, exchange);
  return verb(cluster, exchange);
}

async function answerCollection(cluster: Cluster, exchange: Exchange): Promise<Answer | undefined> {
  const { request, query } = exchange;
  if (request.method === 'POST') return create(cluster, exchange);
  if (request.method === 'DELETE') return removeAll(cluster, exchange);
  if (request.method !== 'GET') throw methodNotAllowed();
  return query.get('watch') === 'true' || query.get('watch') === '1'
    ? watch(cluster, exchange)
    : list(cluster, exchange);
}

type Verb = (cluster: Cluster, exchange: Exchange) => Promise<Answer>;

const VERBS: Record<string, Verb> = { GET: get, PUT: update, PATCH: patch, DELETE: remove };

const howOf = (cluster: Cluster, { request, query }: Exchange): Representation =>
  negotiate(request.headers.accept ?? '', query, cluster.clock.now());

async function get(cluster: Cluster, exchange: Exchange): Promise<Answer> {
  const { kind, ...at } = exchange.target;
  return { code: 200, body: showObject(kind, currentObject(cluster, kind, at), howOf(cluster, exchange)) };
}

function list(cluster: Cluster, exchange: Exchange): Answer {
  const { kind } = exchange.target;
  const found = listObjects(cluster, kind, readListOptions(exchange.query, exchange.target));
  return { code: 200, body: showList(kind, found, howOf(cluster, exchange)) };
}

function watch(cluster: Cluster, { request, response, query, target }: Exchange): undefined {
  const options = readWatchOptions(query, target);
  if (target.name !== undefined) options.fieldSelector = `metadata.name=${target.name}`;
  const how = negotiate(request.headers.accept ?? '', query, cluster.clock.now());
  const timeoutSeconds = Number(query.get('timeoutSeconds') ?? 0);
  streamWatch(cluster, target.kind, { request: { options, how, timeoutSeconds }, response });
  return undefined;
}

async function create(cluster: Cluster, exchange: Exchange): Promise<Answer> {
  const { kind } = exchange.target;
  const options = readWriteOptions(exchange.request, exchange.query, exchange.target);
  const object = await createObject(cluster, kind, { body: await wantBody(exchange), options });
  return { code: 201, body: showObject(kind, object, howOf(cluster, exchange)), warnings: options.warnings };
}

async function update(cluster: Cluster, exchange: Exchange): Promise<Answer> {
  const { kind } = exchange.target;
  const options = readWriteOptions(exchange.request, exchange.query, exchange.target);
  const object = await updateObject(cluster, kind, { body: await wantBody(exchange), options });
  return { code: 200, body: showObject(kind, object, howOf(cluster, exchange)), warnings: options.warnings };
}

async function patch(cluster: Cluster, exchange: Exchange): Promise<Answer> {
  const { kind } = exchange.target;
  const options = readWriteOptions(exchange.request, exchange.query, exchange.target);
  checkPatchType(mediaType(exchange.request));
  const body = await wantBody(exchange);
  if (mediaType(exchange.request).includes('apply') && !exchange.query.get('fieldManager')) throw noFieldManager();
  const { object, created } = await patchObject(cluster, kind, { type: mediaType(exchange.request), body, options });
  return {
    code: created ? 201 : 200,
    body: showObject(kind, object, howOf(cluster, exchange)),
    warnings: options.warnings,
  };
}

async function wantBody({ request }: Exchange): Promise<unknown> {
  const body = await readBody(request);
  if (body === undefined) throw badRequest('the request has no body: an object in JSON is wanted');
  return body;
}

const noFieldManager = (): Error =>
  invalid({ group: 'meta.k8s.io', plural: '', kind: 'PatchOptions' }, '', [
    required('fieldManager', 'is required for apply patch'),
  ]);

/** Delete options come in the body, and some clients put them into the query. */
async function readDeleteOptions({ request, query }: Exchange): Promise<DeleteOptions> {
  const body = ((await readBody(request)) ?? {}) as DeleteOptions;
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy') as NonNullable<DeleteOptions['propagationPolicy']> | null;
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(policy && { propagationPolicy: policy }),
    ...(query.has('dryRun') && { dryRun: query.getAll('dryRun') }),
    ...body,
  };
}

async function remove(cluster: Cluster, exchange: Exchange): Promise<Answer> {
  const { kind, name = '', namespace } = exchange.target;
  const options = await readDeleteOptions(exchange);
  const result = deleteObject(cluster, { kind, name, ...(namespace && { namespace }) }, options);
  return {
    code: 200,
    body: result.kind === 'Status' ? (result as Status) : showObject(kind, result as never, howOf(cluster, exchange)),
  };
}

async function removeAll(cluster: Cluster, exchange: Exchange): Promise<Answer> {
  const { kind } = exchange.target;
  const options = { list: readListOptions(exchange.query, exchange.target), remove: await readDeleteOptions(exchange) };
  const items = deleteCollection(cluster, kind, options);
  const found = { items, version: String(cluster.store.version) };
  return { code: 200, body: showList(kind, found, { as: 'object', includeObject: 'Metadata', now: 0 }) };
}
