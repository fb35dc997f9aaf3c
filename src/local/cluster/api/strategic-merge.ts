import { fieldSchema, isObject, type Json, resolve, type Schema } from './schema/schema.ts';
import { badRequest } from './status.ts';

const ORDER = '$setElementOrder/';
const DELETE_FROM = '$deleteFromPrimitiveList/';

/** Kubernetes' strategic merge: as a merge patch, but lists with a patch merge key are merged item by item. Understands `$patch`, `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList`. */
export function strategicMerge(target: unknown, patch: unknown, node: Schema): unknown {
  if (!isObject(patch)) return patch;
  const schema = resolve(node);
  const directive = patch.$patch;
  if (directive === 'delete') return {};
  const base: Json = isObject(target) && directive !== 'replace' ? retained({ ...target }, patch) : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$')) continue;
    if (value === null) delete base[name];
    else
      base[name] = mergeField(base[name], value, {
        field: fieldSchema(schema, name) ?? {},
        order: patch[ORDER + name],
      });
  }
  return applyDirectives(base, patch, schema);
}

/** `$retainKeys` drops what the patch does not name. */
function retained(base: Json, patch: Json): Json {
  const keys = patch.$retainKeys;
  if (!Array.isArray(keys)) return base;
  return Object.fromEntries(Object.entries(base).filter(([name]) => keys.includes(name)));
}

function mergeField(current: unknown, value: unknown, of: { field: Schema; order: unknown }): unknown {
  if (!Array.isArray(value)) return strategicMerge(current, value, of.field);
  const merged = mergeList(Array.isArray(current) ? current : [], value, of.field);
  const keyed = of.field['x-kubernetes-patch-strategy']?.includes('merge');
  const order = Array.isArray(of.order) ? of.order : value;
  return keyed ? ordered(merged, { order, field: of.field, server: Array.isArray(current) ? current : [] }) : merged;
}

/** Lists that only the order or the deletions of the patch name. */
function applyDirectives(base: Json, patch: Json, schema: Schema): Json {
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(DELETE_FROM)) {
      const field = name.slice(DELETE_FROM.length);
      base[field] = listAt(base, field).filter((one) => !(value as unknown[]).includes(one));
    }
    if (!name.startsWith(ORDER)) continue;
    const field = name.slice(ORDER.length);
    if (patch[field] === undefined && Array.isArray(base[field])) {
      const server = base[field];
      base[field] = ordered(server, { order: value as unknown[], field: fieldSchema(schema, field) ?? {}, server });
    }
  }
  return base;
}

const listAt = (base: Json, field: string): unknown[] => (Array.isArray(base[field]) ? base[field] : []);

function mergeList(current: unknown[], patch: unknown[], field: Schema): unknown[] {
  const key = field['x-kubernetes-patch-merge-key'];
  if (!field['x-kubernetes-patch-strategy']?.includes('merge') && key === undefined) return withoutDirectives(patch);
  if (key === undefined) return [...new Set([...current, ...patch])];
  if (patch.some((item) => isObject(item) && item.$patch === 'replace')) return withoutDirectives(patch);
  return patch.reduce((list: unknown[], item) => mergeItem(list, item, { field, key }), [...current]);
}

const withoutDirectives = (list: unknown[]): unknown[] =>
  list.filter((item) => !(isObject(item) && item.$patch !== undefined && Object.keys(item).length === 1));

function mergeItem(list: unknown[], item: unknown, of: { field: Schema; key: string }): unknown[] {
  if (!isObject(item) || item[of.key] === undefined) {
    throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${of.key}`);
  }
  const index = list.findIndex((one) => isObject(one) && one[of.key] === item[of.key]);
  if (item.$patch === 'delete') return list.filter((one) => !isObject(one) || one[of.key] !== item[of.key]);
  if (index === -1) return [...list, strategicMerge({}, item, of.field.items ?? {})];
  return list.with(index, strategicMerge(list[index], item, of.field.items ?? {}));
}

type Order = { order: unknown[]; field: Schema; server: unknown[] };

/** Items in the order the patch names; one it does not name goes before the first named one that it stood before on the server. */
function ordered(list: unknown[], { order, field, server }: Order): unknown[] {
  const key = field['x-kubernetes-patch-merge-key'];
  const identity = (item: unknown): unknown => (key !== undefined && isObject(item) ? item[key] : item);
  const place = new Map(server.map((item, i) => [identity(item), i]));
  const wanted = order.map(identity);
  const named = wanted.flatMap((one) => list.filter((item) => identity(item) === one));
  const rest = list.filter((item) => !wanted.includes(identity(item)));
  const result: unknown[] = [];
  for (const item of named) {
    const limit = place.get(identity(item)) ?? -1;
    while (rest.length > 0 && (place.get(identity(rest[0])) ?? limit) < limit) result.push(rest.shift());
    result.push(item);
  }
  return [...result, ...rest];
}
