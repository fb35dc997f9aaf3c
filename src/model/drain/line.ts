import { compareText } from '../canonical.ts';

/** What is injected into the pods of one Service. */
export type DrainLine = {
  /** Whole seconds, at most 9,999. */
  preStop: number;
  gate: boolean;
  liveness: 'preserve' | 'off';
  /** Labels a pod must have; none means every pod. */
  selector: Record<string, string>;
};

/** What a line can say: more digits are refused, by the policy too. */
const LONGEST_PRE_STOP = 9_999;

/**
 * A whole line in the syntax that JavaScript and RE2 share: the admission policy matches with the same text, so that policy and
 * webhook always agree on what is a line.
 */
export const LINE_PATTERN = '^v1;[0-9]{1,4};(true|false);(preserve|off);([^=,;]+=[^=,;]*(,[^=,;]+=[^=,;]*)*)?$';

const LINE = new RegExp(LINE_PATTERN);
const PAIR = /^[^=,;]+=[^=,;]*$/;

/** Reads a line such as `v1;45;true;preserve;app=web`. Anything else, another version too, is undefined: it matches no pod. Never throws. */
export function parseLine(text: string): DrainLine | undefined {
  if (!LINE.test(text)) return undefined;
  const [, preStop, gate, liveness, labels] = text.split(';');
  const pairs = labels ? labels.split(',') : [];
  const selector = Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
  // No pod has two values of one label.
  if (new Set(pairs).size > Object.keys(selector).length) return undefined;
  return {
    preStop: Number(preStop),
    gate: gate === 'true',
    liveness: liveness === 'off' ? 'off' : 'preserve',
    selector,
  };
}

/** What {@link parseLine} reads back, with the labels in order; undefined where a number or a label cannot be written in a line. */
export function writeLine({ preStop, gate, liveness, selector }: DrainLine): string | undefined {
  const labels = Object.entries(selector)
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([key, value]) => `${key}=${value}`);
  const fits = Number.isInteger(preStop) && preStop >= 0 && preStop <= LONGEST_PRE_STOP;
  if (!fits || !labels.every((label) => PAIR.test(label))) return undefined;
  return `v1;${preStop};${gate};${liveness};${labels.join(',')}`;
}

/** Whether a pod with these labels is one the line is about. */
export const matchesLine = ({ selector }: DrainLine, labels: Record<string, string>): boolean =>
  Object.entries(selector).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
