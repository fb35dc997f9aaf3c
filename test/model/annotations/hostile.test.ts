import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INGRESS_KEYS } from '../../../src/model/annotations/table.ts';
import { buildStack } from '../../../src/model/build.ts';
import { FACTS, inputOf, memberOf } from '../cluster.ts';

/** All annotations of an object together (Kubernetes, TotalAnnotationSizeLimitB), and more than that for a text that came another way. */
const LONG = 256 * 1024;
const MOST_TOLD = 2_000;
const MOST_TOLD_IN_ALL = 100_000;
const KEYS = Object.keys(INGRESS_KEYS).map((key) => key.replace('*', 'web'));

/** What somebody may write who wants to harm: other languages, nesting without end, names that every object has. */
const HOSTILE = [
  '',
  ' ',
  '\0',
  '\u2028\u202e',
  '${jndi:ldap://x}',
  '{{ .Values }}',
  '"; drop',
  '../../etc/passwd',
  '__proto__',
  '{"__proto__": {"type": "forward"}}',
  'constructor=1,toString=2',
  '[[[[[[]]]]]]',
  '['.repeat(10_000),
  '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"200\\r\\nX: y"}}',
  '1e309',
  '-1',
  '9'.repeat(400),
  'a'.repeat(1_000_000),
  'a,'.repeat(LONG / 2),
  'a=b,'.repeat(LONG / 4),
  Array.from({ length: LONG / 8 }, (_, index) => `a${index}`).join(','),
  Array.from({ length: LONG / 16 }, (_, index) => `aws:${index}=b`).join(','),
];

const built = (key: string, value: string) =>
  buildStack(inputOf([memberOf('bad', { [key]: value }), memberOf('good')]), FACTS);

/** Whatever it is: it is read or told with its field, in a sentence that is no book, and the other member is served. */
function expectHarmless(key: string, value: string): void {
  const { members } = built(key, value);
  const [bad, good] = members;
  expect(good?.accepted).toBe(true);
  expect(JSON.stringify(bad?.problems ?? []).length).toBeLessThan(MOST_TOLD_IN_ALL);
  for (const { field, message } of bad?.problems ?? []) {
    expect(field).not.toBe('');
    expect(message.length).toBeLessThan(MOST_TOLD);
  }
  // Who is refused is told why.
  expect(bad?.accepted === true || bad?.problems.some(({ severity }) => severity === 'refused')).toBe(true);
}

describe('S7: an annotation with hostile text', { timeout: 120_000 }, () => {
  test.each(KEYS)('S7: %s: is read or told, and harms nobody else', (key) => {
    for (const value of HOSTILE) expectHarmless(key, value);
  });

  test('S7: whatever stands in any of them', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json());
    fc.assert(fc.property(fc.constantFrom(...KEYS), text, expectHarmless));
  });

  test('S7: no key changes what every object has', () => {
    for (const value of HOSTILE) built('actions.__proto__', value);
    expect(({} as Record<string, unknown>)['type']).toBeUndefined();
  });

  test('S7: control: a value that is right is acted on', () => {
    expect(built('scheme', 'internet-facing').members[0]?.problems ?? []).not.toContainEqual(
      expect.objectContaining({ reason: 'InvalidValue' }),
    );
    expect(built('scheme', 'public').members[0]).toMatchObject({ accepted: false });
  });
});
