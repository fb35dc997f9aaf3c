import type { KubeObject } from '../../../kube/api.ts';
import { bindPod } from './binding.ts';
import type { Cluster } from './state.ts';
import type { Answer, Exchange } from './http/resource.ts';
import { evictPod } from './eviction.ts';
import { mediaType, readBody, readWriteOptions } from './http/request.ts';
import { mergePatch } from './patch.ts';
import { at, part } from './rules/rules.ts';
import { type Json, textOf } from './schema/schema.ts';
import { applyPatch, type Operation } from 'rfc6902';
import { badRequest, conflict, invalid, methodNotAllowed, type Status, wrong } from './status.ts';
import { currentObject, replace } from './write.ts';

type Handler = (cluster: Cluster, exchange: Exchange) => Promise<Answer>;

/** Subresources that are not a part of the object itself. */
export const SUBRESOURCES: Record<'scale' | 'binding' | 'eviction' | 'finalize', Handler> = {
  scale: answerScale,
  binding: answerBinding,
  eviction: answerEviction,
  finalize: finalizeNamespace,
};

const SCALE = { group: 'autoscaling', plural: 'scales', kind: 'Scale' };

async function answerScale(cluster: Cluster, exchange: Exchange): Promise<Answer> {
  const { target, request, query } = exchange;
  const old = currentObject(cluster, target.kind, target);
  if (request.method === 'GET') return { code: 200, body: scaleOf(old) };
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  const wanted = await wantedScale(exchange, old);
  const version = at(wanted, 'metadata.resourceVersion');
  if (version && version !== old.metadata.resourceVersion) throw conflict(target.kind, old.metadata.name);
  const replicas = at(wanted, 'spec.replicas') ?? 0;
  if (!Number.isInteger(replicas) || Number(replicas) < 0) {
    throw invalid(SCALE, old.metadata.name, [wrong('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  }
  const object = structuredClone(old);
  part(object, 'spec').replicas = replicas;
  const { subresource: _, ...options } = readWriteOptions(request, query, target);
  return {
    code: 200,
    body: scaleOf(
      await replace(cluster, { kind: target.kind, old, object, options: { ...options, subresource: 'scale' } }),
    ),
  };
}

async function wantedScale({ request }: Exchange, old: KubeObject): Promise<unknown> {
  const body = await readBody(request);
  if (request.method === 'PUT') return body;
  const scale = scaleOf(old) as Json;
  if (mediaType(request) !== 'application/json-patch+json') return mergePatch(scale, body);
  const failed = applyPatch(scale, body as Operation[]).find((error) => error !== null);
  if (failed) throw badRequest(failed.message);
  return scale;
}

function scaleOf(object: KubeObject): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = Object.entries(part(object, 'spec.selector.matchLabels'));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: at(object, 'spec.replicas') },
    status: {
      replicas: at(object, 'status.replicas') ?? 0,
      selector: labels.map(([key, value]) => `${key}=${textOf(value)}`).join(','),
    },
  };
}

const success = (code: number): Answer => {
  const body: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code };
  return { code, body };
};

async function answerBinding(cluster: Cluster, { target, request, query }: Exchange): Promise<Answer> {
  if (request.method !== 'POST') throw methodNotAllowed();
  return { code: 201, body: await bindPod(cluster, await readBody(request), readWriteOptions(request, query, target)) };
}

async function answerEviction(cluster: Cluster, { target, request, query }: Exchange): Promise<Answer> {
  if (request.method !== 'POST') throw methodNotAllowed();
  await evictPod(cluster, await readBody(request), readWriteOptions(request, query, target));
  return success(201);
}

async function finalizeNamespace(cluster: Cluster, { target, request, query }: Exchange): Promise<Answer> {
  const old = currentObject(cluster, target.kind, target);
  const body = await readBody(request);
  const object = structuredClone(old);
  part(object, 'spec').finalizers = at(body, 'spec.finalizers') ?? [];
  const options = readWriteOptions(request, query, target);
  return { code: 200, body: await replace(cluster, { kind: target.kind, old, object, options }) };
}
