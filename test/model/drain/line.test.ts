import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DrainLine, matchesLine, parseLine, writeLine } from '../../../src/model/drain/line.ts';

const label = fc.stringMatching(/^[a-z0-9A-Z]([a-z0-9./-]{0,20}[a-z0-9])?$/).filter((key) => key !== '__proto__');
const line: fc.Arbitrary<DrainLine> = fc.record({
  preStop: fc.integer({ min: 0, max: 9_999 }),
  gate: fc.boolean(),
  liveness: fc.constantFrom('preserve', 'off'),
  selector: fc.dictionary(label, fc.oneof(label, fc.constant('')), { maxKeys: 5, noNullPrototype: true }),
});

describe('drain lines', () => {
  test('a line says what the design says', () => {
    const text = writeLine({ preStop: 45, gate: true, liveness: 'preserve', selector: { tier: 'fe', app: 'web' } });
    expect(text).toBe('v1;45;true;preserve;app=web,tier=fe');
  });

  test('what is written is read back', () => {
    const isReadBack = (given: DrainLine): void => {
      expect(parseLine(writeLine(given) ?? '')).toEqual(given);
    };
    fc.assert(fc.property(line, isReadBack));
  });

  test('any text is read or left, and never throws', () => {
    const noise = fc.array(
      fc.constantFrom(
        'v1',
        'v2',
        '45',
        '-1',
        'true',
        'false',
        'preserve',
        'off',
        'a=b',
        'a=',
        '=b',
        ';',
        ',',
        '=',
        '99999',
        'é',
        '\n',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          noise.map((parts) => parts.join(';')),
          noise.map((parts) => parts.join('')),
        ),
        (text) => {
          const read = parseLine(text);
          expect(read && parseLine(writeLine(read) ?? '')).toEqual(read);
        },
      ),
    );
  });

  test.each([
    '',
    '45;true;app=web',
    'v2;45;true;preserve;app=web',
    'v1;10000;true;preserve;app=web',
    'v1;99999999999999999999;true;preserve;app=web',
    'v1;-5;true;preserve;app=web',
    'v1;4.5;true;preserve;app=web',
    'v1;1e3;true;preserve;app=web',
    'v1;;true;preserve;app=web',
    'v1;NaN;true;preserve;app=web',
    'v1;45;yes;preserve;app=web',
    'v1;45;true;keep;app=web',
    'v1;45;true;preserve',
    'v1;45;true;preserve;app',
    'v1;45;true;preserve;=web',
    'v1;45;true;preserve;app=web,',
    'v1;45;true;preserve;,app=web',
    'v1;45;true;preserve;app=a=b',
    'v1;45;true;preserve;app=web;more',
    ' v1;45;true;preserve;app=web',
    'v1;45;true;preserve;app=web,app=api',
  ])('%j is no line', (text) => expect(parseLine(text)).toBeUndefined());

  test.each([
    { preStop: 10_000, selector: { app: 'web' } },
    { preStop: -1, selector: { app: 'web' } },
    { preStop: 1.5, selector: { app: 'web' } },
    { preStop: Number.NaN, selector: { app: 'web' } },
    { preStop: 45, selector: { app: 'a,b' } },
    { preStop: 45, selector: { app: 'a;b' } },
    { preStop: 45, selector: { 'a=b': 'c' } },
    { preStop: 45, selector: { '': 'c' } },
  ])('%j cannot be written', (given) => {
    expect(writeLine({ gate: true, liveness: 'preserve', ...given })).toBeUndefined();
  });

  test('a label must be there, also where its value is empty', () => {
    const read = parseLine('v1;45;true;preserve;app=web,canary=') as DrainLine;
    expect(matchesLine(read, { app: 'web', canary: '', more: 'x' })).toBe(true);
    expect(matchesLine(read, { app: 'web' })).toBe(false);
    expect(matchesLine(read, { app: 'api', canary: '' })).toBe(false);
    const inherited = parseLine('v1;45;true;preserve;toString=') as DrainLine;
    expect(matchesLine(inherited, {})).toBe(false);
  });

  test('a line without labels is about every pod', () => {
    const read = parseLine('v1;45;true;preserve;') as DrainLine;
    expect(matchesLine(read, {})).toBe(true);
  });
});
