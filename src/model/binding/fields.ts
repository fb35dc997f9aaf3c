import { nearest } from '../../nearest.ts';
import { refused, warning } from '../problem.ts';
import type { Problem } from '../stack.ts';

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields of one object, read one by one; what is wrong becomes a problem and reads as absent. */
export class FieldReader {
  readonly problems: Problem[];
  readonly #fields: Fields;
  readonly #path: string;

  constructor(fields: unknown, path: string, problems: Problem[] = []) {
    this.problems = problems;
    this.#path = path;
    this.#fields = isFields(fields) ? fields : {};
    if (fields !== undefined && fields !== null && !isFields(fields)) this.wrong(undefined, 'an object', fields);
  }

  text(name: string): string | undefined {
    return this.#read(name, 'text', (value) => typeof value === 'string' && value !== '');
  }

  flag(name: string): boolean | undefined {
    return this.#read(name, 'true or false', (value) => typeof value === 'boolean');
  }

  oneOf<V extends string>(name: string, values: readonly V[]): V | undefined {
    return this.#read(name, values.join(' or '), (value) => values.includes(value as V));
  }

  list(name: string): unknown[] {
    return this.#read(name, 'a list', Array.isArray) ?? [];
  }

  map(name: string): Record<string, string> | undefined {
    const isText = (value: unknown): boolean => typeof value === 'string';
    return this.#read(name, 'texts by name', (value) => isFields(value) && Object.values(value).every(isText));
  }

  part(name: string): FieldReader {
    return new FieldReader(this.raw(name), `${this.#path}.${name}`, this.problems);
  }

  raw(name: string): unknown {
    return this.#fields[name] ?? undefined;
  }

  /** Tells of a field, or of the object itself, that it cannot be as it is. */
  wrong(name: string | undefined, wanted: string, given: unknown): void {
    const message = `wanted ${wanted}; given ${given === undefined ? 'nothing' : JSON.stringify(given)}`;
    this.problems.push(refused({ reason: 'InvalidValue', field: this.at(name), message }));
  }

  at(name: string | undefined): string {
    return name === undefined ? this.#path : `${this.#path}.${name}`;
  }

  /** Warns of every field that nobody knows. */
  known(names: readonly string[]): void {
    for (const name of Object.keys(this.#fields).filter((one) => !names.includes(one))) {
      const near = nearest(name, names);
      const message = `wanted one of ${names.join(', ')}; given ${name}${near === undefined ? '' : `; did you mean ${near}?`}`;
      this.problems.push(warning({ reason: 'UnknownField', field: this.at(name), message }));
    }
  }

  #read<V>(name: string, wanted: string, is: (value: unknown) => boolean): V | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (is(value)) return value as V;
    this.wrong(name, wanted, value);
    return undefined;
  }
}
