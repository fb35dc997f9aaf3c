import { isObject, type Json, resolve, type Schema } from '../schema/schema.ts';
import { mapKey } from '../schema/validate.ts';

/**
 * A set of fields, each a path of steps joined by a NUL. A step is written as in FieldsV1: `f:` a field, `k:` the item of a list map with these keys,
 * `v:` an item of a set.
 */
export type FieldSet = Set<string>;

const SEPARATOR = '\0';

export const joinSteps = (path: string, step: string): string => (path === '' ? step : path + SEPARATOR + step);

export const stepsOf = (path: string): string[] => path.split(SEPARATOR);

export const isUnder = (path: string, ancestor: string): boolean =>
  path === ancestor || path.startsWith(ancestor + SEPARATOR);

/** How a value is owned: as a whole, field by field, or item by item. */
export type Shape = 'atomic' | 'fields' | 'set' | 'map';

export function shapeOf(value: unknown, node: Schema): Shape {
  const schema = resolve(node);
  if (Array.isArray(value)) {
    const type = node['x-kubernetes-list-type'];
    return type === 'set' || type === 'map' ? type : 'atomic';
  }
  if (!isObject(value)) return 'atomic';
  const type = node['x-kubernetes-map-type'] ?? schema['x-kubernetes-map-type'];
  return type === 'atomic' || schema['x-kubernetes-int-or-string'] ? 'atomic' : 'fields';
}

/** The step to an item of a list map or a set. */
export const itemStep = (item: unknown, list: Schema): string =>
  list['x-kubernetes-list-type'] === 'map'
    ? `k:${JSON.stringify(sorted(mapKey(item, list)))}`
    : `v:${JSON.stringify(item)}`;

const sorted = (value: Json): Json => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

/** FieldsV1, as it is written in `metadata.managedFields`. */
export function toFieldsV1(set: FieldSet): Json {
  const root: Json = {};
  for (const path of [...set].sort()) {
    let node = root;
    for (const step of stepsOf(path)) {
      node[step] ??= {};
      node = node[step] as Json;
    }
    node['.'] = {};
  }
  return withoutLoneDots(root);
}

/** A field with nothing below it is `{}`: the dot only marks one that is owned beside what is below it. */
function withoutLoneDots(node: Json): Json {
  const names = Object.keys(node);
  if (names.length === 1 && names[0] === '.') return {};
  return Object.fromEntries(names.map((name) => [name, name === '.' ? {} : withoutLoneDots(node[name] as Json)]));
}

export function fromFieldsV1(fields: unknown, path = ''): FieldSet {
  const set: FieldSet = new Set();
  for (const [step, below] of Object.entries(isObject(fields) ? fields : {})) {
    if (step === '.') {
      set.add(path);
      continue;
    }
    const at = joinSteps(path, step);
    if (!isObject(below) || Object.keys(below).length === 0) set.add(at);
    else for (const one of fromFieldsV1(below, at)) set.add(one);
  }
  return set;
}

/** A path as messages show it: `.spec.containers[name="web"].image`. */
export const showPath = (path: string): string => stepsOf(path).map(showStep).join('');

function showStep(step: string): string {
  const text = step.slice(2);
  if (step.startsWith('f:')) return `.${text}`;
  if (step.startsWith('v:')) return `[=${text}]`;
  const keys = Object.entries(JSON.parse(text) as Json);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
