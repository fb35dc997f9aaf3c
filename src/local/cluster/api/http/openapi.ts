import type { Cluster } from '../state.ts';
import { groupVersion, type Kind } from '../kinds.ts';
import { NOT_SERVED, unservedKinds } from '../not-served.ts';
import { isObject, type Json, namedSchemas, type Schema } from '../schema/schema.ts';
import { noSuchPath } from '../status.ts';
import { VERSION } from './discovery.ts';
import type { Answer } from './resource.ts';

/** kubectl asks for version 2, in protobuf, for a kind that version 3 does not have (a List). An empty document has nothing against it. */
const EMPTY_PROTOBUF = '';

const INFO = { title: 'Podwire local cluster', version: VERSION.gitVersion };

/** `/openapi/v3`, one document for each group's version, and `/openapi/v2` with everything. */
export function answerOpenApi(cluster: Cluster, parts: readonly string[], accept: string): Answer {
  const [, edition, ...rest] = parts;
  const kinds = cluster.kinds.all();
  if (edition === 'v2') return { code: 200, body: accept.includes('protobuf') ? EMPTY_PROTOBUF : documentV2(kinds) };
  if (edition !== 'v3') throw noSuchPath();
  if (rest.length === 0) return { code: 200, body: index(cluster, kinds) };
  const path = rest.join('/');
  const of = operations(kinds).filter((one) => pathOf(one) === path);
  if (of.length === 0) throw noSuchPath();
  return {
    code: 200,
    body: documentV3(
      kinds.filter((one) => pathOf(one) === path),
      of,
    ),
  };
}

/** What one kind can be asked, served or not: a client that learns nothing here would not ask, and not hear why. */
type Operation = Pick<Kind, 'group' | 'version' | 'kind' | 'plural' | 'namespaced'> & { schemaName?: string };

const operations = (kinds: readonly Kind[]): Operation[] => [
  ...kinds,
  ...NOT_SERVED.flatMap((row) => unservedKinds(row).map((one) => ({ ...one, group: row.group, version: row.version }))),
];

const pathOf = (of: { group: string; version: string }): string =>
  `${of.group === '' ? 'api' : 'apis'}/${groupVersion(of)}`;

/** The hash changes with the kinds, so that a client that keeps documents asks again. */
function index(cluster: Cluster, kinds: readonly Kind[]): object {
  const definitions = cluster.store.list('apiextensions.k8s.io/customresourcedefinitions');
  const hash = definitions.map((one) => one.metadata.resourceVersion).join('-') || '0';
  const paths = [...new Set(operations(kinds).map(pathOf))];
  return {
    paths: Object.fromEntries(paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }])),
  };
}

function documentV3(kinds: readonly Kind[], of: readonly Operation[]): object {
  const schemas = schemasOf(kinds, '#/components/schemas/');
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: Object.fromEntries(of.flatMap((one) => pathsOf(one, v3))),
    components: { schemas },
  };
}

function documentV2(kinds: readonly Kind[]): object {
  const definitions = schemasOf(kinds, '#/definitions/');
  return {
    swagger: '2.0',
    info: INFO,
    paths: Object.fromEntries(operations(kinds).flatMap((one) => pathsOf(one, v2))),
    definitions,
  };
}

/** The kinds' schemas and all that they refer to. */
function schemasOf(kinds: readonly Kind[], prefix: string): Json {
  const found = new Map<string, unknown>();
  const add = (name: string, schema: Schema): void => {
    if (found.has(name)) return;
    found.set(name, {});
    for (const ref of refsOf(schema)) add(ref, namedSchemas().get(ref) as Schema);
    found.set(name, publish(schema, prefix));
  };
  for (const kind of kinds) {
    const { group, version } = kind;
    add(kind.schemaName, { ...kind.schema, 'x-kubernetes-group-version-kind': [{ group, version, kind: kind.kind }] });
  }
  return Object.fromEntries(found);
}

function refsOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(refsOf);
  if (!isObject(schema)) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : refsOf(value),
  );
}

/** A schema as OpenAPI has it: a reference stands alone, with what belongs to the field beside an `allOf`. */
function publish(schema: unknown, prefix: string): unknown {
  if (Array.isArray(schema)) return schema.map((one) => publish(one, prefix));
  if (!isObject(schema)) return schema;
  const { $ref, ...rest } = schema;
  const shown = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, LITERAL.has(key) ? value : publish(value, prefix)]),
  );
  if (typeof $ref !== 'string') return publishIntOrString(shown);
  return Object.keys(shown).length > 0 ? { allOf: [{ $ref: prefix + $ref }], ...shown } : { $ref: prefix + $ref };
}

/** Keywords whose values are data, not schemas. */
const LITERAL = new Set(['default', 'enum', 'example']);

const publishIntOrString = (schema: Json): Json =>
  schema['x-kubernetes-int-or-string'] && !schema.anyOf
    ? { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }], ...schema }
    : schema;

type Parameter = (name: string) => object;

const v3: Parameter = (name) => ({ name, in: 'query', schema: { type: TYPES[name] ?? 'string', uniqueItems: true } });
const v2: Parameter = (name) => ({ name, in: 'query', type: TYPES[name] ?? 'string', uniqueItems: true });

const TYPES: Record<string, string> = { force: 'boolean' };

/** HTTP method -> Kubernetes' verb and the query parameters of a write. */
const METHODS: Record<string, { action: string; parameters: string[] }> = {
  get: { action: 'get', parameters: [] },
  put: { action: 'put', parameters: ['dryRun', 'fieldManager', 'fieldValidation'] },
  patch: { action: 'patch', parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'] },
  delete: { action: 'delete', parameters: ['dryRun'] },
};

function pathsOf(of: Operation, parameter: Parameter): [string, object][] {
  const root = `/${pathOf(of)}${of.namespaced ? '/namespaces/{namespace}' : ''}/${of.plural}`;
  const kind = { group: of.group, version: of.version, kind: of.kind };
  const operation = ({ action, parameters }: { action: string; parameters: string[] }): object => ({
    operationId: `${action}${of.group}${of.version}${of.kind}`,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
    parameters: parameters.map(parameter),
    responses: { 200: { description: 'OK' } },
  });
  const single = Object.fromEntries(Object.entries(METHODS).map(([method, one]) => [method, operation(one)]));
  const post = operation({ action: 'post', parameters: ['dryRun', 'fieldManager', 'fieldValidation'] });
  return [
    [root, { get: operation({ action: 'list', parameters: [] }), post }],
    [`${root}/{name}`, single],
  ];
}
