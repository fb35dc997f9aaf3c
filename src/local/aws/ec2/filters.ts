import type { Filter } from '@aws-sdk/client-ec2';
import { AwsError } from '../error.ts';
import type { Tags } from '../state.ts';

/** What a filter of a describe call compares: its values for one resource. */
export type FilterTable<T> = Record<string, (resource: T) => (string | undefined)[]>;

/** The resources that pass every filter: one of its values fits, `*` and `?` stand for other characters. */
export function filtered<T extends { tags: Tags }>(
  resources: Iterable<T>,
  filters: Filter[] | undefined,
  table: FilterTable<T>,
): T[] {
  const tests = (filters ?? []).map((filter) => filterTest(filter, table));
  return [...resources].filter((resource) => tests.every((test) => test(resource)));
}

function filterTest<T extends { tags: Tags }>({ Name: name = '', Values: values = [] }: Filter, table: FilterTable<T>) {
  const valuesOf = name.startsWith('tag:')
    ? tagValues<T>(name.slice(4))
    : name === 'tag-key'
      ? tagKeys<T>
      : table[name];
  if (!valuesOf) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  const patterns = values.map(wildcard);
  return (resource: T) =>
    valuesOf(resource).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value)));
}

function tagValues<T extends { tags: Tags }>(key: string) {
  return (resource: T) => [resource.tags[key]];
}

function tagKeys<T extends { tags: Tags }>(resource: T) {
  return Object.keys(resource.tags);
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

/** The resources of the given ids, or all of them; throws `code` for an id that is not there. */
export function byIds<T>(
  resources: Map<string, T>,
  ids: string[] | undefined,
  missing: { code: string; kind: string },
): T[] {
  if (!ids?.length) return [...resources.values()];
  return ids.map((id) => {
    const found = resources.get(id);
    if (found) return found;
    throw new AwsError(missing.code, `The ${missing.kind} ID '${id}' does not exist`);
  });
}

/** One page of a describe call. */
export function ec2Page<T>(items: T[], request: { MaxResults?: number | undefined; NextToken?: string | undefined }) {
  const start = request.NextToken === undefined ? 0 : tokenStart(request.NextToken);
  const end = request.MaxResults === undefined ? items.length : start + request.MaxResults;
  return {
    items: items.slice(start, end),
    ...(end < items.length && { NextToken: Buffer.from(`from:${end}`).toString('base64url') }),
  };
}

function tokenStart(token: string): number {
  const match = /^from:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!match) throw new AwsError('InvalidNextToken', `The token '${token}' is invalid`);
  return Number(match[1]);
}
