import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesWildcard } from '../../../../src/local/aws/dataplane/wildcard.ts';

test.each([
  ['/img/*', '/img/picture.png', true],
  ['/img/*', '/img/', true],
  ['/img/*', '/img', false],
  ['/img/*', '/IMG/a', false],
  ['/img/*/pics', '/img/a/b/pics', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['/v?/items', '/v1/items', true],
  ['/v?/items', '/v/items', false],
  ['/a', '/a/', false],
  ['*', '', true],
  ['', '', true],
  ['?', '', false],
  ['/*a*b', '/xxaxxab', true],
])('%s and %s: %s', (pattern, text, expected) => {
  expect(matchesWildcard(pattern, text)).toBe(expected);
});

test('a backslash takes the next character literally only where that is asked for', () => {
  expect(matchesWildcard('a\\*b', 'a*b', true)).toBe(true);
  expect(matchesWildcard('a\\*b', 'axb', true)).toBe(false);
  expect(matchesWildcard('a\\*b', 'a\\xb')).toBe(true);
});

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 12 });
const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 16 });

test('agrees with a regular expression of the same meaning', () => {
  const meaning = (wildcard: string): RegExp =>
    new RegExp(`^${wildcard.replaceAll('.', '\\.').replace(/\*+/g, '.*').replaceAll('?', '.')}$`, 's');
  fc.assert(
    fc.property(pattern, text, (p, t) => {
      expect(matchesWildcard(p, t)).toBe(meaning(p).test(t));
    }),
  );
});

test('what a pattern is filled to matches it', () => {
  fc.assert(
    fc.property(pattern, fc.array(text), fc.func(fc.constantFrom('a', 'b')), (p, runs, pick) => {
      let next = 0;
      const filled = Array.from(p)
        .map((c) => (c === '*' ? (runs[next++] ?? '') : c === '?' ? pick(c) : c))
        .join('');
      expect(matchesWildcard(p, filled)).toBe(true);
    }),
  );
});

test('many stars against a long text that just fails take no time to speak of', () => {
  expect(matchesWildcard(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
});
