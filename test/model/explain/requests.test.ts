import { describe, expect, test } from 'vitest';
import type { ActionView, ListenerView, RuleView } from '../../../src/model/explain/facts.ts';
import { firstSure, loopOf, matchesPattern, type Request } from '../../../src/model/explain/requests.ts';

const redirect = (to: Partial<Extract<ActionView, { type: 'redirect' }>>): ActionView => ({
  type: 'redirect',
  protocol: '#{protocol}',
  host: '#{host}',
  port: '#{port}',
  path: '/#{path}',
  query: '#{query}',
  statusCode: 'HTTP_301',
  ...to,
});
const rule = (priority: number, path: string, actions: ActionView[] = []): RuleView => ({
  priority,
  conditions: [
    { field: 'host-header', values: ['*.example.com'] },
    { field: 'path-pattern', values: [path] },
  ],
  actions,
});
const listener = (port: number, rules: RuleView[], defaultActions: ActionView[] = []): ListenerView => ({
  arn: '',
  port,
  protocol: port === 443 ? 'HTTPS' : 'HTTP',
  defaultActions,
  rules,
});
const ask = (path: string, port = 80): Request => ({
  scheme: port === 443 ? 'https' : 'http',
  host: 'www.example.com',
  port,
  path,
});

test.each([
  ['*.example.com', 'a.b.example.com', true],
  ['/a?', '/ab', true],
  ['/a?', '/a', false],
  ['/a.b', '/aXb', false],
])('pattern %s and %s: %s', (pattern, text, matches) => expect(matchesPattern(pattern, text)).toBe(matches));

describe('the rule that surely takes a request', () => {
  test('is the first whose host and path fit, and never one that looks at more', () => {
    const more = { ...rule(1, '/*'), conditions: [{ field: 'source-ip' as const, values: ['10.0.0.0/8'] }] };
    const { priority } = firstSure(listener(80, [more, rule(2, '/b'), rule(3, '/*')]), ask('/a')) ?? {};
    expect(priority).toBe(3);
    expect(firstSure(listener(80, []), ask('/a'))).toBeUndefined();
  });
});

describe('a loop', () => {
  test('of a rule that leads to itself, and of two that lead to each other', () => {
    const itself = [listener(80, [rule(1, '/*', [redirect({ port: '80' })])])];
    expect(loopOf(itself, ask('/a'))).toEqual([ask('/a'), ask('/a')]);
    const both = [listener(80, [rule(1, '/a', [redirect({ path: '/b' })]), rule(2, '/b', [redirect({ path: '/a' })])])];
    expect(loopOf(both, ask('/a'))?.map(({ path }) => path)).toEqual(['/a', '/b', '/a']);
  });

  test('through the default actions of two listeners', () => {
    const toHttps = [redirect({ protocol: 'HTTPS', port: '443' })];
    const back = [redirect({ protocol: 'HTTP', port: '80' })];
    expect(loopOf([listener(80, [], toHttps), listener(443, [], back)], ask('/a'))).toHaveLength(3);
  });

  test('is none where it ends, at another load balancer or at a target', () => {
    const toHttps = [redirect({ protocol: 'HTTPS', port: '443' })];
    expect(loopOf([listener(80, [], toHttps), listener(443, [])], ask('/a'))).toBeUndefined();
    expect(loopOf([listener(80, [], [redirect({ host: 'other.example.com' })])], ask('/a'))).toBeUndefined();
    const growing = [listener(80, [], [redirect({ path: '/a/#{path}' })])];
    expect(loopOf(growing, ask('/a'))).toBeUndefined();
  });
});
