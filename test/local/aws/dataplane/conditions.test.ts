import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { matchesConditions, type RoutedRequest } from '../../../../src/local/aws/dataplane/conditions.ts';

const request: RoutedRequest = {
  method: 'GET',
  host: 'Shop.Example.com',
  path: '/Cart/items',
  query: 'version=V1&debug&note=a*b',
  headers: { 'user-agent': ['Mozilla/5.0 (X11)'], 'x-env': ['one', 'two'] },
  sourceIp: '10.1.2.3',
};

const host = (...Values: string[]): RuleCondition => ({ Field: 'host-header', HostHeaderConfig: { Values } });
const path = (...Values: string[]): RuleCondition => ({ Field: 'path-pattern', PathPatternConfig: { Values } });
const header = (HttpHeaderName: string, ...Values: string[]): RuleCondition => ({
  Field: 'http-header',
  HttpHeaderConfig: { HttpHeaderName, Values },
});
const query = (...Values: { Key?: string; Value: string }[]): RuleCondition => ({
  Field: 'query-string',
  QueryStringConfig: { Values },
});
const method = (...Values: string[]): RuleCondition => ({
  Field: 'http-request-method',
  HttpRequestMethodConfig: { Values },
});
const source = (...Values: string[]): RuleCondition => ({ Field: 'source-ip', SourceIpConfig: { Values } });

const cases: [name: string, conditions: RuleCondition[], expected: boolean][] = [
  ['no condition', [], true],
  ['host in another case', [host('SHOP.example.COM')], true],
  ['host wildcard', [host('*.example.com')], true],
  ['another host', [host('example.com', 'www.example.com')], false],
  ['host by Values alone', [{ Field: 'host-header', Values: ['shop.example.com'] }], true],
  ['host by regular expression', [{ Field: 'host-header', HostHeaderConfig: { RegexValues: ['^shop\\.'] } }], true],
  ['path', [path('/Cart/*')], true],
  ['path in another case', [path('/cart/*')], false],
  [
    'path by regular expression',
    [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/Cart/[a-z]+$'] } }],
    true,
  ],
  ['a regular expression that does not compile', [{ Field: 'path-pattern', RegexValues: ['('] }], false],
  ['header, value in another case', [header('User-Agent', '*mozilla*')], true],
  ['second value of a header', [header('X-Env', 'two')], true],
  ['a header that is not there', [header('X-Other', '*')], false],
  ['query key and value', [query({ Key: 'version', Value: 'v1' })], true],
  ['query value of any key', [query({ Value: 'v?' })], true],
  ['query with an escaped star', [query({ Key: 'note', Value: 'a\\*b' })], true],
  ['one of several query values', [query({ Key: 'x', Value: '1' }, { Key: 'debug', Value: '*' })], true],
  ['another query value', [query({ Key: 'version', Value: 'v2' })], false],
  ['method', [method('POST', 'GET')], true],
  ['method in another case', [method('get')], false],
  ['source', [source('192.0.2.0/24', '10.0.0.0/8')], true],
  ['another source', [source('10.2.0.0/16', '2001:db8::/32')], false],
  ['all conditions', [host('shop.example.com'), path('/Cart/*')], true],
  ['one of two conditions only', [host('shop.example.com'), path('/cart')], false],
  ['a field that AWS does not have', [{ Field: 'moon-phase', Values: ['full'] }], false],
];

test.each(cases)('%s', (_name, conditions, expected) => {
  expect(matchesConditions(conditions, request)).toBe(expected);
});
