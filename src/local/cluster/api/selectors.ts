import { textOf } from './schema/schema.ts';
import type { KubeObject } from '../../../kube/api.ts';
import { badRequest } from './status.ts';

export type Matcher = (object: KubeObject) => boolean;

type Requirement = { key: string; operator: 'in' | 'notin' | 'exists' | 'absent'; values: string[] };

/** A label selector of a query: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function labelMatcher(text: string): Matcher {
  const requirements = splitTerms(text).map(parseRequirement);
  return (object) => requirements.every((one) => holds(one, object.metadata.labels ?? {}));
}

/** A selector of an object's `matchLabels` and `matchExpressions`. Empty selects everything. */
export function objectSelector(selector: {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}): (labels: Record<string, string>) => boolean {
  const pairs = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: 'in', values: [value] }),
  );
  const OPERATORS: Record<string, Requirement['operator']> = {
    In: 'in',
    NotIn: 'notin',
    Exists: 'exists',
    DoesNotExist: 'absent',
  };
  const expressions = (selector.matchExpressions ?? []).map(
    (one): Requirement => ({ key: one.key, operator: OPERATORS[one.operator] ?? 'exists', values: one.values ?? [] }),
  );
  return (labels) => [...pairs, ...expressions].every((one) => holds(one, labels));
}

function holds(requirement: Requirement, labels: Record<string, string>): boolean {
  const value = labels[requirement.key];
  if (requirement.operator === 'exists') return value !== undefined;
  if (requirement.operator === 'absent') return value === undefined;
  const listed = value !== undefined && requirement.values.includes(value);
  return requirement.operator === 'in' ? listed : !listed;
}

/** Splits at commas outside parentheses. */
const splitTerms = (text: string): string[] =>
  text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');

const FORMS: [RegExp, (m: RegExpExecArray) => Requirement][] = [
  [/^!\s*([^\s=!]+)$/, (m) => ({ key: m[1] as string, operator: 'absent', values: [] })],
  [/^([^\s=!,()]+)$/, (m) => ({ key: m[1] as string, operator: 'exists', values: [] })],
  [/^([^\s=!]+)\s*!=\s*(\S*)$/, (m) => ({ key: m[1] as string, operator: 'notin', values: [m[2] as string] })],
  [/^([^\s=!]+)\s*==?\s*(\S*)$/, (m) => ({ key: m[1] as string, operator: 'in', values: [m[2] as string] })],
  [
    /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/,
    (m) => ({ key: m[1] as string, operator: m[2] as 'in', values: listOf(m[3] as string) }),
  ],
];

const listOf = (text: string): string[] => text.split(',').map((value) => value.trim());

function parseRequirement(term: string): Requirement {
  for (const [form, read] of FORMS) {
    const match = form.exec(term);
    if (match) return read(match);
  }
  throw badRequest(`unable to parse requirement: ${JSON.stringify(term)} is not a label requirement`);
}

/** Fields every kind can be selected by; `kinds.ts` adds those of each kind. */
const COMMON_FIELDS = ['metadata.name', 'metadata.namespace'];

/** A field selector of a query: `metadata.name=x,spec.nodeName!=y`. `fields` are the kind's own. */
export function fieldMatcher(text: string, fields: readonly string[]): Matcher {
  const terms = splitTerms(text).map((term) => parseFieldTerm(term, [...COMMON_FIELDS, ...fields]));
  return (object) => terms.every((term) => (readField(object, term.path) === term.value) === term.equal);
}

function parseFieldTerm(term: string, known: readonly string[]): { path: string; value: string; equal: boolean } {
  const match = /^([^=!]+?)(!=|==|=)(.*)$/.exec(term);
  if (!match) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const path = match[1] as string;
  if (!known.includes(path)) throw badRequest(`field label not supported: ${path}`);
  return { path, value: match[3] as string, equal: match[2] !== '!=' };
}

function readField(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return textOf(value);
}
