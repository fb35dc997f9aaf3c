import { describe, expect, test } from 'vitest';
import {
  bool,
  cidrList,
  oneOf,
  type Reader,
  stringList,
  stringMap,
  wholeNumber,
  writeMap,
} from '../../../src/model/annotations/reader.ts';
import { action } from '../../../src/model/annotations/actions.ts';
import { conditions } from '../../../src/model/annotations/conditions.ts';
import { json } from '../../../src/model/annotations/shape.ts';
import fc from 'fast-check';

const wanted = expect.objectContaining({ wanted: expect.any(String) });

describe('readers', () => {
  test.each<[string, Reader<unknown>, unknown]>([
    ['true', bool, { value: true }],
    ['yes', bool, wanted],
    ['42', wholeNumber(1, 42), { value: 42 }],
    ['43', wholeNumber(1, 42), wanted],
    ['0x10', wholeNumber(1, 42), wanted],
    ['1.5', wholeNumber(1, 42), wanted],
    ['', wholeNumber(0, 42), wanted],
    ['b', oneOf('a', 'b'), { value: 'b' }],
    ['c', oneOf('a', 'b'), { wanted: 'one of a, b' }],
    [' a , b,', stringList, { value: ['a', 'b'] }],
    [' , ', stringList, wanted],
    ['a=1, b=x=y,c=', stringMap, { value: { a: '1', b: 'x=y', c: '' } }],
    ['a=1\\,2,b=3', stringMap, { value: { a: '1,2', b: '3' } }],
    ['a', stringMap, wanted],
    ['=1', stringMap, wanted],
    ['10.0.0.0/8,2001:db8::/32', cidrList, { value: ['10.0.0.0/8', '2001:db8::/32'] }],
    ['10.0.0.0/33', cidrList, wanted],
    ['10.0.0.0', cidrList, wanted],
    ['10.0.0.0/8/8', cidrList, wanted],
  ])('%j', (text, reader, outcome) => {
    expect(reader(text)).toEqual(outcome);
  });

  test('a map that was written is read as the same map', () => {
    const key = fc.stringMatching(/^[a-z.]{1,10}$/);
    fc.assert(
      fc.property(fc.dictionary(key, fc.stringMatching(/^[a-z,=]{0,10}$/)), (map) => {
        expect(stringMap(writeMap(map))).toEqual({ value: { ...map } });
      }),
    );
  });
});

describe('JSON', () => {
  test.each([
    ['{', 'JSON'],
    ['{"type":"forwrad"}', 'type: one of forward, redirect, fixed-response, not "forwrad"'],
    ['{"type":"redirect"}', 'redirectConfig: an object, which is missing'],
    [
      '{"type":"redirect","redirectConfig":{"statusCode":"HTTP_302","prot":"HTTPS"}}',
      'redirectConfig: the key "port", not "prot"',
    ],
    [
      '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"302"}}',
      'fixedResponseConfig.statusCode: "2xx", "4xx" or "5xx", not "302"',
    ],
    ['{"type":"forward"}', 'forwardConfig.targetGroups[0].serviceName: a text, which is missing'],
    [
      '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","servicePort":80,"weight":1},{"serviceName":"b","servicePort":80}]}}',
      'forwardConfig.targetGroups[1].weight: a whole number from 0 to 999, which is missing',
    ],
  ])('%s', (text, message) => {
    const outcome = json(action)(text);
    expect('wanted' in outcome && outcome.wanted).toContain(message);
  });

  test('the case of keys does not matter', () => {
    const text = '{"Type":"redirect","RedirectConfig":{"Protocol":"HTTPS","StatusCode":"HTTP_301"}}';
    expect(json(action)(text)).toEqual({ value: { type: 'redirect', protocol: 'HTTPS', statusCode: 'HTTP_301' } });
  });

  test.each([
    ['[{"field":"source-ip","sourceIpConfig":{"values":["10.0.0.1"]}}]', '[0].sourceIpConfig.values[0]: a CIDR'],
    [
      '[{"field":"host-header","pathPatternConfig":{"values":["/"]}}]',
      '[0].hostHeaderConfig: an object, which is missing',
    ],
    [
      '[{"field":"host-header","hostHeaderConfig":{"values":["a.b"],"regexValues":["x"]}}]',
      'either values or regexValues',
    ],
    ['[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"Host","values":["x"]}}]', 'not Host'],
  ])('%s', (text, message) => {
    const outcome = json(conditions)(text);
    expect('wanted' in outcome && outcome.wanted).toContain(message);
  });
});
