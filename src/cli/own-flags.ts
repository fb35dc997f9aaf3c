import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { nearest } from '../nearest.ts';
import { FLAG_OPTIONS } from '../settings/flags.ts';
import { unknownFlag, WrongWords } from './words.ts';

type Given = {
  kind: string;
  index: number;
  name?: string;
  rawName?: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
};

/** The words of a command that takes, beside flags of its own, those of `podwire run`. */
export class OwnFlags {
  readonly #args: readonly string[];
  readonly #own: ParseArgsOptionsConfig;
  readonly #given: readonly Given[];

  constructor(args: string[], own: ParseArgsOptionsConfig) {
    const options = { ...FLAG_OPTIONS, ...own };
    this.#args = args;
    this.#own = own;
    this.#given = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
    for (const one of this.#given) checkSpelling(one, options, own);
  }

  has(name: string): boolean {
    return this.#given.some((one) => one.name === name);
  }

  /** Every value of a flag. Throws WrongWords where it stands without one. */
  all(name: string): string[] {
    return this.#given
      .filter((one) => one.name === name)
      .map(({ value }) => {
        if (value === undefined) throw new WrongWords(`--${name}`, 'wanted a value, given none');
        return value;
      });
  }

  /** The last value of each of these flags that is given. Throws as `all`. */
  last<Name extends string>(...names: readonly Name[]): Partial<Record<Name, string>> {
    const values = names.flatMap((name) =>
      this.all(name)
        .slice(-1)
        .map((value) => [name, value] as const),
    );
    return Object.fromEntries(values) as Partial<Record<Name, string>>;
  }

  /** What the pattern captures of each word that is no flag and matches it. */
  words(pattern: RegExp): string[] {
    return this.#matches(pattern).map(({ word }) => word);
  }

  /** All that is neither a flag of its own nor a word that matches: for the settings, which refuse what they do not know. */
  rest(pattern?: RegExp): string[] {
    const own = this.#given.filter(({ name }) => name !== undefined && Object.hasOwn(this.#own, name));
    const words = pattern === undefined ? [] : this.#matches(pattern).map(({ index }) => index);
    const taken = new Set([...own.flatMap(placesOf), ...words]);
    return this.#args.filter((_, at) => !taken.has(at));
  }

  #matches(pattern: RegExp): { word: string; index: number }[] {
    return this.#given.flatMap(({ kind, value = '', index }) => {
      const [, word] = kind === 'positional' ? (pattern.exec(value) ?? []) : [];
      return word === undefined ? [] : [{ word, index }];
    });
  }
}

/** A flag that is unknown is for the settings to refuse, unless the nearest one is one of the command's own. */
function checkSpelling(
  { name, rawName = '' }: Given,
  options: ParseArgsOptionsConfig,
  own: ParseArgsOptionsConfig,
): void {
  if (name === undefined || Object.hasOwn(options, name)) return;
  if (Object.hasOwn(own, nearest(name, Object.keys(options)) ?? ''))
    throw unknownFlag('flags', { name, rawName }, Object.keys(own));
}

const placesOf = ({ index, inlineValue }: Given): number[] => (inlineValue === false ? [index, index + 1] : [index]);
