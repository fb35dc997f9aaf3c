import type { IngressPath } from '../cluster/objects.ts';
import type { RuleCondition } from './stack.ts';

/** AWS: quotas of a rule, which cannot be raised. */
const MOST = 5;

type Patterns = { field: 'host-header' | 'path-pattern' } & ({ values: string[] } | { regexValues: string[] });

/** The path pattern of an Ingress path. */
export function pathCondition({ path, pathType }: IngressPath, regex: boolean): Patterns {
  const field = 'path-pattern';
  if (pathType === 'Exact') return { field, values: [path] };
  if (pathType === 'Prefix') return { field, values: prefixValues(path) };
  return regex ? { field, regexValues: [path.replace(/^\//, '')] } : { field, values: [path === '' ? '/*' : path] };
}

// A prefix counts whole path elements, and a slash at its end does not count.
function prefixValues(path: string): string[] {
  const prefix = path.replace(/\/+$/, '');
  return prefix === '' ? ['/*'] : [prefix, `${prefix}/*`];
}

/** ELBv2 API reference, RuleCondition: characters of a host, a path or a regular expression. */
const LONGEST = 128;
const PATH = /^\/[A-Za-z0-9_\-.$/~"'@:+&*?]*$/;

/** What ALB would not take in a path, or undefined. */
export function pathProblem({ path, pathType }: IngressPath, regex: boolean): string | undefined {
  if (pathType === 'ImplementationSpecific' && (path === '' || regex))
    // The slash it begins with is not sent.
    return path.length <= LONGEST + 1
      ? undefined
      : `a regular expression of at most ${LONGEST} characters; given ${path.length}`;
  const room = pathType === 'Prefix' ? LONGEST - '/*'.length : LONGEST;
  if (!PATH.test(path) || path.length > room)
    return `a path of at most ${room} of A-Z a-z 0-9 _ - . $ / ~ " ' @ : + & that begins with /; given "${path}"`;
  const wild = pathType !== 'ImplementationSpecific' && /[*?]/.test(path);
  return wild
    ? `a path without * and ?, which only ImplementationSpecific takes as wildcards; given "${path}"`
    : undefined;
}

/** What ALB would not take in a host, or undefined. */
export function hostProblem(host: string): string | undefined {
  const fits = host.length <= LONGEST && /^[A-Za-z0-9*?.-]+\.[A-Za-z]+$/.test(host);
  return fits
    ? undefined
    : `a host of at most ${LONGEST} characters with a dot in it and only letters after the last one; given "${host}"`;
}

/** Conditions that hold together, in as many forms as are needed to say one or the other. */
export type Alternatives = RuleCondition[][];

/**
 * Host and path of an Ingress rule with the further conditions of an annotation: hosts and paths are joined by or, every other condition by
 * and. A pattern and a regular expression cannot stand in one condition, so that they make two alternatives.
 */
export function joinConditions(host: string | undefined, path: Patterns, further: RuleCondition[]): Alternatives {
  const hosts = [
    ...(host === undefined ? [] : [{ field: 'host-header' as const, values: [host] }]),
    ...of('host-header', further),
  ];
  const paths = [path, ...of('path-pattern', further)];
  const rest = further.filter(({ field }) => field !== 'host-header' && field !== 'path-pattern');
  return orEmpty(joinPatterns(hosts)).flatMap((hostPart) =>
    orEmpty(joinPatterns(paths)).map((pathPart) => [...hostPart, ...pathPart, ...rest]),
  );
}

const of = (field: Patterns['field'], conditions: RuleCondition[]): Patterns[] =>
  conditions.filter((one): one is Patterns => one.field === field);

function joinPatterns(patterns: Patterns[]): Patterns[] {
  const field = patterns[0]?.field;
  if (field === undefined) return [];
  const values = [...new Set(patterns.flatMap((one) => ('values' in one ? one.values : [])))];
  const regexValues = [...new Set(patterns.flatMap((one) => ('regexValues' in one ? one.regexValues : [])))];
  return [
    ...(values.length > 0 ? [{ field, values }] : []),
    ...(regexValues.length > 0 ? [{ field, regexValues }] : []),
  ];
}

const orEmpty = (parts: Patterns[]): Patterns[][] => (parts.length === 0 ? [[]] : parts.map((part) => [part]));

/** What no rule can say, or undefined: a second method or source condition. */
export function furtherProblem(further: RuleCondition[]): string | undefined {
  const single = ['http-request-method', 'source-ip'].find(
    (name) => further.filter(({ field }) => field === name).length > 1,
  );
  return single && `at most one ${single} condition; given ${further.filter(({ field }) => field === single).length}`;
}

const valuesOf = (condition: RuleCondition): readonly unknown[] =>
  'regexValues' in condition ? condition.regexValues : condition.values;

const WILD = new Set<RuleCondition['field']>(['host-header', 'path-pattern', 'http-header', 'query-string']);

const wildcardsOf = (condition: RuleCondition): number =>
  WILD.has(condition.field) && !('regexValues' in condition)
    ? (JSON.stringify(condition.values).match(/[*?]/g) ?? []).length
    : 0;

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The same in rules of at most five values and five wildcards each; undefined where that cannot be. */
export function splitConditions(conditions: RuleCondition[]): RuleCondition[][] | undefined {
  const tooMany = sum(conditions.map((one) => valuesOf(one).length)) > MOST || sum(conditions.map(wildcardsOf)) > MOST;
  if (!tooMany) return [conditions];
  const longest = conditions.toSorted((a, b) => valuesOf(b).length - valuesOf(a).length)[0];
  if (longest === undefined || valuesOf(longest).length < 2) return undefined;
  const halves = halve(longest).map((half) => splitConditions(conditions.map((one) => (one === longest ? half : one))));
  return halves.some((half) => half === undefined) ? undefined : halves.flatMap((half) => half ?? []);
}

function halve(condition: RuleCondition): RuleCondition[] {
  const middle = Math.ceil(valuesOf(condition).length / 2);
  const cut = (from: number, to?: number): RuleCondition =>
    'regexValues' in condition
      ? { ...condition, regexValues: condition.regexValues.slice(from, to) }
      : ({ ...condition, values: condition.values.slice(from, to) } as RuleCondition);
  return [cut(0, middle), cut(middle)];
}
