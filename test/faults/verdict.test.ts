import { expect, test } from 'vitest';
import { CASES } from './cases.ts';
import { blank, readExpected } from './expected.ts';
import { tableOf, verdictOf } from './verdict.ts';

const one = { id: 'selector', objects: () => [] };
const expected = ['NoPodSelected: Service selector/web selects app=wbe'];

test('every fault and every pair is expected to say something, thirty and five of them', () => {
  const lines = readExpected();
  expect(CASES.map(({ id }) => id).toSorted()).toEqual([...lines.keys()].toSorted());
  const counts = [...lines.values()].map(({ length }) => length);
  expect([1, 2].map((length) => counts.filter((count) => count === length).length)).toEqual([30, 5]);
});

test.each([
  ['another line', { lines: ['serves'], code: 1 }],
  ['nothing', { lines: [], code: 1 }],
  ['the line behind another one', { lines: ['ProbeFails: pod a/b', ...expected], code: 1 }],
  ['another exit code', { lines: expected, code: 0 }],
])('%s is not what was expected', (_, said) => {
  const verdict = verdictOf(one, { said, expected });
  expect(verdict.ok).toBe(false);
  expect(tableOf([verdict]).join('\n')).toMatch(/expected .*\n.*(GIVEN|0 of 1)/);
});

test('a case without an expectation fails, and the right lines pass', () => {
  expect(verdictOf(one, { said: { lines: expected, code: 1 }, expected: [] }).ok).toBe(false);
  expect(verdictOf(one, { said: { lines: [...expected, 'more'], code: 1 }, expected }).ok).toBe(true);
});

test.each([
  ['target 10.0.1.40:8080 and i-0abc:30080', 'target <target> and <target>'],
  ['pod gate/web-4wvx24lk76-5f4ks: x', 'pod gate/<pod>: x'],
  ['ReplicaSet pod-quota/web-sfd8ltqwqg may', 'ReplicaSet pod-quota/<replicaset> may'],
  [
    'group sg-0b0304e56a2aca716 lets nothing of sg-0b0304e56a2aca717, sg-0b0304e56a2aca718',
    'group <sg> lets nothing of <sg>',
  ],
  ['on ip-10-4-2-10.eu-central-1.compute.internal', 'on <node>'],
])('%s without what differs', (line, blanked) => expect(blank(line)).toBe(blanked));
