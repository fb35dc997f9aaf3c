import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { isInCidr } from '../addresses.ts';
import { matchesWildcard } from './wildcard.ts';

/** What a rule can look at. */
export type RoutedRequest = {
  method: string;
  /** Without the port, as the client wrote it. */
  host: string;
  /** As the client wrote it, without the query. */
  path: string;
  /** Without the question mark. */
  query: string;
  /** Names in lower case. */
  headers: Record<string, string[]>;
  /** Address of the client's connection: X-Forwarded-For is never looked at. */
  sourceIp: string;
};

type Test = (condition: RuleCondition, request: RoutedRequest) => boolean;

const TESTS: Record<string, Test> = {
  'host-header': (condition, request) =>
    anyWildcard(condition.HostHeaderConfig?.Values ?? condition.Values, request.host.toLowerCase(), lower) ||
    anyRegex(condition.HostHeaderConfig?.RegexValues ?? condition.RegexValues, request.host, 'i'),
  'path-pattern': (condition, request) =>
    anyWildcard(condition.PathPatternConfig?.Values ?? condition.Values, request.path) ||
    anyRegex(condition.PathPatternConfig?.RegexValues ?? condition.RegexValues, request.path, ''),
  'http-header': (condition, request) => {
    const config = condition.HttpHeaderConfig;
    const values = request.headers[config?.HttpHeaderName?.toLowerCase() ?? ''] ?? [];
    return values.some(
      (value) =>
        anyWildcard(config?.Values ?? condition.Values, value.toLowerCase(), lower) ||
        anyRegex(config?.RegexValues ?? condition.RegexValues, value, 'i'),
    );
  },
  'http-request-method': (condition, request) =>
    (condition.HttpRequestMethodConfig?.Values ?? condition.Values ?? []).includes(request.method),
  'query-string': (condition, request) => {
    const given = pairsOf(request.query);
    return (condition.QueryStringConfig?.Values ?? []).some((wanted) =>
      given.some(([key, value]) => matchesQuery(wanted.Key, key) && matchesQuery(wanted.Value, value)),
    );
  },
  'source-ip': (condition, request) =>
    (condition.SourceIpConfig?.Values ?? condition.Values ?? []).some((cidr) => isInCidr(cidr, request.sourceIp)),
};

/** Whether all conditions hold; a rule without conditions is the default rule and always matches. */
export function matchesConditions(conditions: readonly RuleCondition[], request: RoutedRequest): boolean {
  return conditions.every((condition) => TESTS[condition.Field ?? '']?.(condition, request) ?? false);
}

const lower = (text: string): string => text.toLowerCase();

function anyWildcard(patterns: readonly string[] = [], text: string, fold = (pattern: string) => pattern): boolean {
  return patterns.some((pattern) => matchesWildcard(fold(pattern), text));
}

function anyRegex(patterns: readonly string[] = [], text: string, flags: string): boolean {
  return patterns.some((pattern) => compile(pattern, flags)?.test(text) ?? false);
}

/** A pattern that does not compile matches nothing; refusing it is the control plane's part. */
function compile(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}

function pairsOf(query: string): [key: string, value: string][] {
  if (query === '') return [];
  return query.split('&').map((pair) => {
    const equals = pair.indexOf('=');
    return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}

/** A query value without a key matches the value of any key. */
const matchesQuery = (pattern: string | undefined, text: string): boolean =>
  pattern === undefined || matchesWildcard(pattern.toLowerCase(), text.toLowerCase(), true);
