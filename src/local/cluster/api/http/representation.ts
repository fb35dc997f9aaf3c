import type { KubeObject } from '../../../../kube/api.ts';
import { groupVersion, type Kind } from '../kinds.ts';
import type { ObjectList } from '../read.ts';

/** How the client wants objects: whole, as rows of a table, or their metadata only. */
export type Representation = {
  as: 'object' | 'table' | 'metadata';
  includeObject: 'None' | 'Metadata' | 'Object';
  now: number;
};

export function negotiate(accept: string, query: URLSearchParams, now: number): Representation {
  const include = query.get('includeObject');
  const includeObject = include === 'None' || include === 'Object' ? include : 'Metadata';
  const first = accept
    .split(',')
    .find((one) => one.includes('json') && one.includes('as=') && one.includes('g=meta.k8s.io'));
  if (first?.includes('as=Table')) return { as: 'table', includeObject, now };
  return { as: first?.includes('as=PartialObjectMetadata') ? 'metadata' : 'object', includeObject, now };
}

export function showObject(kind: Kind, object: KubeObject, how: Representation): unknown {
  if (how.as === 'table') {
    const { resourceVersion } = object.metadata;
    return { ...table(kind, [object], { how, head: true }), metadata: { resourceVersion } };
  }
  return how.as === 'metadata' ? metadataOnly(object) : withType(kind, object);
}

/** An object in a watch: in a table only the first event carries the column definitions. */
export function showEvent(kind: Kind, object: KubeObject, on: { how: Representation; first: boolean }): unknown {
  if (on.how.as === 'table') return table(kind, [object], { how: on.how, head: on.first });
  return on.how.as === 'metadata' ? metadataOnly(object) : withType(kind, object);
}

export function showList(kind: Kind, list: ObjectList, how: Representation): unknown {
  const metadata = {
    resourceVersion: list.version,
    ...(list.continue && { continue: list.continue }),
    ...(list.remaining !== undefined && { remainingItemCount: list.remaining }),
  };
  if (how.as === 'table') return { ...table(kind, list.items, { how, head: true }), metadata };
  if (how.as === 'metadata') {
    const items = list.items.map(metadataOnly);
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
  }
  const items = kind.builtIn ? list.items.map(withoutType) : list.items;
  return { kind: `${kind.kind}List`, apiVersion: groupVersion(kind), metadata, items };
}

function withoutType(object: KubeObject): object {
  const { apiVersion: _, kind: __, ...rest } = object;
  return rest;
}

const withType = (kind: Kind, object: KubeObject): KubeObject =>
  object.kind && object.apiVersion ? object : { kind: kind.kind, apiVersion: groupVersion(kind), ...object };

const metadataOnly = ({ metadata }: KubeObject): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});

function table(kind: Kind, objects: KubeObject[], on: { how: Representation; head: boolean }): object {
  const columnDefinitions = kind.columns.map((one) => ({
    name: one.name,
    type: one.type,
    format: one.format ?? '',
    description: one.description ?? '',
    priority: one.wide ? 1 : 0,
  }));
  const rows = objects.map((object) => ({
    cells: kind.columns.map((one) => one.cell(object, on.how.now)),
    ...(on.how.includeObject !== 'None' && {
      object: on.how.includeObject === 'Object' ? withType(kind, object) : metadataOnly(object),
    }),
  }));
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: {}, ...(on.head && { columnDefinitions }), rows };
}
