/** One drain line: what the pods behind one Service need, as the admission policy reads it. */
export type DrainLine = {
  /** Length of the preStop sleep; 0 for none. */
  seconds: number;
  /** Whether the pods carry the readiness gate. */
  gate: boolean;
  liveness: 'preserve' | 'off';
  /** Labels of the pods; empty for all of the namespace. */
  selector: Record<string, string>;
};

/**
 * `v1;<seconds>;<gate>;<liveness>;<k=v,k=v>`, from end to end, in the syntax that JavaScript and RE2 share: the same text stands
 * in the admission policy. A line that does not fit, of another version for one, is no line.
 */
export const LINE_PATTERN = '^v1;[0-9]{1,4};(true|false);(preserve|off);([^=,;]+=[^=,;]*(,[^=,;]+=[^=,;]*)*)?$';

/** More seconds than a line can hold. */
const MOST_SECONDS = 9_999;

const PATTERN = new RegExp(LINE_PATTERN);

/** The line as text. A sleep beyond 9,999 s is cut to that. */
export function formatLine({ seconds, gate, liveness, selector }: DrainLine): string {
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return `v1;${Math.min(Math.ceil(seconds), MOST_SECONDS)};${gate};${liveness};${labels.toSorted().join(',')}`;
}

/** What a line says; undefined for text that is no line of a known version, or that wants two values of one label. */
export function parseLine(text: string): DrainLine | undefined {
  if (!PATTERN.test(text)) return undefined;
  const [, seconds = '', gate = '', liveness = '', labels = ''] = text.split(';');
  const pairs = labels === '' ? [] : labels.split(',').map((pair) => pair.split('=') as [string, string]);
  const selector = Object.fromEntries(pairs);
  if (pairs.some(([key, value]) => selector[key] !== value)) return undefined;
  return { seconds: Number(seconds), gate: gate === 'true', liveness: liveness as DrainLine['liveness'], selector };
}

/** Whether the labels have every pair of the selector; a label that is not there has no value, not the empty one. */
export function selectsLabels(selector: Record<string, string>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** The line as text where {@link parseLine} would read it back; undefined for a number or a label that no line can hold. */
export function writeLine(line: DrainLine): string | undefined {
  const text = formatLine(line);
  const read = parseLine(text);
  const whole = read?.seconds === line.seconds && selectsLabels(line.selector, read.selector);
  return whole ? text : undefined;
}
