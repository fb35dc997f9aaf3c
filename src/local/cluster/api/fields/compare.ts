import { isDeepStrictEqual } from 'node:util';
import { fieldSchema, isObject, type Json, resolve, type Schema } from '../schema/schema.ts';
import { type FieldSet, itemStep, joinSteps, shapeOf, stepsOf } from './paths.ts';

/** What a value sets: its leaves, its list items and its empty objects. */
export function fieldsOf(value: unknown, node: Schema, path = ''): FieldSet {
  const set: FieldSet = new Set();
  collect(value, { node, path, set });
  return set;
}

type Walk = { node: Schema; path: string; set: FieldSet };

function collect(value: unknown, { node, path, set }: Walk): void {
  const shape = shapeOf(value, node);
  const children = shape === 'atomic' ? [] : childrenOf(value, { node, path });
  if (children.length === 0) {
    if (path !== '') set.add(path);
    return;
  }
  for (const child of children) {
    if (shape !== 'fields') set.add(child.path);
    collect(child.value, { ...child, set });
  }
}

type Child = { value: unknown; node: Schema; path: string };

/** The fields of an object or the items of a list, each with its path. */
function childrenOf(value: unknown, of: { node: Schema; path: string }): Child[] {
  const schema = resolve(of.node);
  if (Array.isArray(value)) {
    return value.map((item) => ({
      value: item,
      node: schema.items ?? {},
      path: joinSteps(of.path, itemStep(item, of.node)),
    }));
  }
  return Object.entries(isObject(value) ? value : {})
    .filter(([, child]) => child !== undefined)
    .map(([name, child]) => ({
      value: child,
      node: fieldSchema(schema, name) ?? {},
      path: joinSteps(of.path, `f:${name}`),
    }));
}

export type Difference = { changed: FieldSet; removed: FieldSet };

/** Fields that the new value sets otherwise than the old one, and fields that it no longer has. */
export function compareFields(before: unknown, after: unknown, node: Schema): Difference {
  const difference: Difference = { changed: new Set(), removed: new Set() };
  compare({ before, after }, { node, path: '', difference });
  return difference;
}

type Comparison = { node: Schema; path: string; difference: Difference };

function compare(values: { before: unknown; after: unknown }, on: Comparison): void {
  const { before, after } = values;
  if (isDeepStrictEqual(before, after)) return;
  if (before === undefined) return add(on.difference.changed, after, on);
  if (after === undefined) return add(on.difference.removed, before, on);
  const shapes = [shapeOf(before, on.node), shapeOf(after, on.node)];
  if (shapes[0] !== shapes[1] || shapes[0] === 'atomic') {
    on.difference.changed.add(on.path);
    return;
  }
  const [old, now] = [keyed(before, on), keyed(after, on)];
  for (const path of new Set([...old.keys(), ...now.keys()])) {
    const node = (old.get(path) ?? (now.get(path) as Child)).node;
    compare({ before: old.get(path)?.value, after: now.get(path)?.value }, { ...on, node, path });
  }
}

const keyed = (value: unknown, of: { node: Schema; path: string }): Map<string, Child> =>
  new Map(childrenOf(value, of).map((child) => [child.path, child]));

function add(to: FieldSet, value: unknown, { node, path }: Comparison): void {
  for (const one of fieldsOf(value, node, path)) to.add(one);
  // An item, and a map or list that was not there before, is owned beside what is in it.
  if (isItem(path) || Array.isArray(value) || isOpenMap(value, node)) to.add(path);
}

const isItem = (path: string): boolean => /(^|\0)[kv]:[^\0]*$/.test(path);

const isOpenMap = (value: unknown, node: Schema): boolean =>
  isObject(value) && resolve(node).additionalProperties !== undefined;

/** Lays the applied value over the live one: maps field by field, list maps and sets item by item, the rest as a whole. */
export function mergeApplied(live: unknown, applied: unknown, node: Schema): unknown {
  const shape = shapeOf(applied, node);
  if (shape === 'atomic' || live === undefined || live === null || shapeOf(live, node) !== shape) return applied;
  return shape === 'fields'
    ? mergeObject(live as Json, applied as Json, resolve(node))
    : mergeItems(live as unknown[], applied as unknown[], node);
}

function mergeObject(live: Json, applied: Json, schema: Schema): Json {
  const merged = { ...live };
  for (const [name, value] of Object.entries(applied))
    merged[name] = mergeApplied(live[name], value, fieldSchema(schema, name) ?? {});
  return merged;
}

function mergeItems(live: unknown[], applied: unknown[], node: Schema): unknown[] {
  const items = new Map(live.map((item) => [itemStep(item, node), item]));
  for (const item of applied) {
    const step = itemStep(item, node);
    items.set(step, items.has(step) ? mergeApplied(items.get(step), item, resolve(node).items ?? {}) : item);
  }
  return [...items.values()];
}

/** The value without the fields and items that `drops` names by their paths; objects and lists that get empty go too. */
export function withoutFields(
  value: unknown,
  of: { node: Schema; path: string },
  drops: (path: string) => boolean,
): unknown {
  if (shapeOf(value, of.node) === 'atomic') return value;
  const before = childrenOf(value, of);
  const kept = before
    .filter((child) => !drops(child.path))
    .map((child) => ({ child, value: withoutFields(child.value, child, drops) }))
    .filter((one) => one.value !== undefined);
  if (before.length > 0 && kept.length === 0 && of.path !== '') return undefined;
  if (Array.isArray(value)) return kept.map((one) => one.value);
  return Object.fromEntries(kept.map((one) => [(stepsOf(one.child.path).at(-1) as string).slice(2), one.value]));
}
