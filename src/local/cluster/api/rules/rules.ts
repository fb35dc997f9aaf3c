import type { KubeObject } from '../../../../kube/api.ts';
import type { Json } from '../schema/schema.ts';
import type { Cause } from '../status.ts';

/** What a rule may look at beside the object itself. */
export type Surroundings = {
  /** The object before the write; undefined on create. */
  old: KubeObject | undefined;
  list(storage: string): KubeObject[];
  random(): number;
  /** RFC 3339, whole seconds. */
  now: string;
};

/** What a kind does beyond its schema. `complete` writes into the object, the others only look. */
export type Rules = {
  complete?(object: KubeObject, around: Surroundings): void;
  validate?(object: KubeObject, around: Surroundings): Cause[];
  /** Fields that may not change once the object is there. */
  immutable?: readonly string[];
  validateChange?(object: KubeObject, old: KubeObject): Cause[];
};

/** The field at a dotted path as an object, empty when it is not there. */
export function part(object: unknown, path: string): Json {
  const value = at(object, path);
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

export function at(object: unknown, path: string): unknown {
  let value = object;
  for (const name of path.split('.')) value = (value as Json | undefined | null)?.[name];
  return value;
}

export const items = (object: unknown, path: string): Json[] => {
  const value = at(object, path);
  return Array.isArray(value) ? (value as Json[]) : [];
};

/** Sets the field where it is missing. */
export function setDefault(object: Json, name: string, value: unknown): void {
  if (object[name] === undefined) object[name] = value;
}
