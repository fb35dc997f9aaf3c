import { Invalid } from '../../errors.ts';
import { intern } from './intern.ts';

export type Fields = Record<string, unknown>;

/**
 * A part of a raw object that knows where it stands. What is absent reads as its default; what has the wrong type is Invalid
 * and never taken for absent, since an empty list would mean that everything in it is gone.
 */
export class Part {
  readonly path: string;
  readonly #fields: Fields;

  constructor(path: string, fields: Fields) {
    this.path = path;
    this.#fields = fields;
  }

  static of(path: string, value: unknown): Part {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Part(path, value as Fields);
    throw wrong(path, 'an object', value);
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  raw(name: string): unknown {
    return this.#fields[name];
  }

  part(name: string): Part {
    return Part.of(this.#at(name), this.#fields[name] ?? {});
  }

  parts(name: string): Part[] {
    return this.#list(name).map((item, index) => Part.of(`${this.#at(name)}[${index}]`, item));
  }

  text(name: string, absent?: string): string {
    const value = this.#fields[name] ?? absent;
    if (typeof value === 'string') return value;
    throw wrong(this.#at(name), 'a string', value);
  }

  number(name: string, absent?: number): number {
    const value = this.#fields[name] ?? absent;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw wrong(this.#at(name), 'a number', value);
  }

  flag(name: string, absent: boolean): boolean {
    const value = this.#fields[name] ?? absent;
    if (typeof value === 'boolean') return value;
    throw wrong(this.#at(name), 'true or false', value);
  }

  texts(name: string): string[] {
    return this.#list(name).map((item, index) => {
      if (typeof item === 'string') return item;
      throw wrong(`${this.#at(name)}[${index}]`, 'a string', item);
    });
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], absent?: Choice): Choice {
    const value = this.#fields[name] ?? absent;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw wrong(this.#at(name), `one of ${choices.join(', ')}`, value);
  }

  /** A map of strings; its keys are shared between objects. */
  map(name: string): Record<string, string> {
    const entries = Object.entries(Part.of(this.#at(name), this.#fields[name] ?? {}).#fields);
    const map: Record<string, string> = {};
    for (const [key, value] of entries) {
      if (typeof value !== 'string') throw wrong(`${this.#at(name)}[${key}]`, 'a string', value);
      map[intern(key)] = value;
    }
    return map;
  }

  #list(name: string): unknown[] {
    const value = this.#fields[name] ?? [];
    if (Array.isArray(value)) return value;
    throw wrong(this.#at(name), 'a list', value);
  }

  #at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

function wrong(path: string, wanted: string, given: unknown): Invalid {
  const shown = given === undefined ? 'nothing' : JSON.stringify(given).slice(0, 80);
  return new Invalid(path, `wanted ${wanted}, given ${shown}`);
}
