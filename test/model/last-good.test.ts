import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildStack, type Member } from '../../src/model/build.ts';
import { type MemberInput, memberInput } from '../../src/model/input.ts';
import { readLastGood, storedSize, writeLastGood } from '../../src/model/last-good.ts';
import { readMember } from '../../src/model/member.ts';
import { INGRESS_KEYS } from '../../src/model/annotations/table.ts';
import { classOf, FACTS, ingressOf, inputOf, memberOf, serviceOf } from './cluster.ts';

test('a last good input comes back as it was written, also where it is packed', () => {
  const rules = Array.from({ length: 200 }, (_, at) => ({ host: `h${at}.example.com`, paths: [] }));
  for (const member of [
    memberOf('a', { scheme: 'internal' }),
    { ...memberOf('b'), ingress: ingressOf('b', {}, { rules }) },
  ]) {
    const { services: _, ...input } = memberInput(member);
    expect(readLastGood(writeLastGood({ ...input, services: [] }))).toEqual({ ...input, services: [] });
  }
});

test.each([
  undefined,
  ...['', '{', 'null', '[]', '{"ingress":{}}', '{"ingress":{"rules":[],"tls":[],"annotations":{}}}'],
  ...['deflate:', 'deflate:AAAA', 'deflate:💣'],
])('%j is no last good input', (text) => {
  expect(readLastGood(text)).toBeUndefined();
});

const KEYS = Object.keys(INGRESS_KEYS).flatMap((key) =>
  key.endsWith('*') ? [key.replace('*', 'web'), key.replace('*', 'nobody')] : [key],
);
const VALUES = ['internal', '1', '80', '/ready', 'a=1', 'true', 'ip', '10.0.0.0/8', '[{"HTTPS":443}]', 'none'];
const ACTION = '{"type":"forward","targetGroupARN":"arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/a/b"}';
const FORWARD =
  '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"other","servicePort":80},{"serviceName":"web","servicePort":80}]}}';
const annotations = fc.dictionary(
  fc.constantFrom(...KEYS, 'unknown', 'actions.'),
  fc.constantFrom(...VALUES, ACTION, FORWARD),
  { maxKeys: 6 },
);

const planned = (input: MemberInput) => {
  const { settings, claims, rules, defaultAction, problems } = readMember(input, inputOf([]));
  return { settings, claims, rules, defaultAction, refused: problems.filter(({ severity }) => severity === 'refused') };
};

test('what is kept says all that the stack follows from', () => {
  const port = fc.constantFrom({ number: 80 }, { name: 'use-annotation' });
  fc.assert(
    fc.property(annotations, annotations, annotations, port, (own, ofClass, ofService, to) => {
      const backend = { service: 'web', port: to };
      const rules = [{ host: 'a.example.com', paths: [{ path: '/', pathType: 'Prefix' as const, backend }] }];
      const keyed = (given: Record<string, string>) => ingressOf('x', given).annotations;
      const member: Member = {
        ingress: ingressOf('a', own, { rules }),
        class: classOf('podwire', { annotations: keyed(ofClass) }),
        services: ['other', 'web'].map((name) => serviceOf(name, { annotations: keyed(ofService) })),
      };
      const input = memberInput(member);
      expect(planned(readLastGood(writeLastGood(input)) as MemberInput)).toEqual(planned(input));
    }),
    { numRuns: 500 },
  );
});

test('what nothing follows from is not kept', () => {
  const long = randomBytes(100_000).toString('base64');
  const given = { 'no-such-key': long, 'actions.nobody': long, 'dry-run-plan': long };
  expect(storedSize(writeLastGood(memberInput(memberOf('a', given))))).toBeLessThan(1_000);
  const control = storedSize(writeLastGood(memberInput(memberOf('a', { 'inbound-cidrs': long }))));
  expect(control).toBeGreaterThan(90_000);
});

test('a character that Go escapes counts as six', () => {
  expect(storedSize('a')).toBe(3);
  expect(storedSize('&')).toBe(8);
  expect(storedSize('"')).toBe(4);
  expect(storedSize('💣')).toBe(6);
});

const BLANKS = [' ', '\n', '\t', '\r'];
/** An action that says no more than an empty one, and cannot be packed into less than a quarter. */
const padded = (length: number): string =>
  `{${[...randomBytes(length)].map((byte) => BLANKS[byte % BLANKS.length]).join('')}"type":"fixed-response","fixedResponseConfig":{"statusCode":"200"}}`;

const USED = [
  {
    host: 'a.example.com',
    paths: [{ path: '/', pathType: 'Prefix' as const, backend: { service: 'web', port: { name: 'use-annotation' } } }],
  },
];
const long = (name: string, length: number): Member => ({
  ...memberOf(name),
  ingress: ingressOf(name, { 'actions.web': padded(length) }, { rules: USED }),
});
const kept = (member: Member): Member => ({ ...member, lastGood: memberInput(member) });

test('a member that is too long is refused with the field that is, and keeps what was last good', () => {
  const { members } = buildStack(inputOf([long('a', 250_000), memberOf('b')]), FACTS);
  expect(members[0]).toMatchObject({ accepted: false, servedFromLastGood: false, reason: 'TooLong' });
  expect(members[0]?.message).toMatch(
    /^Ingress shop\/a metadata.annotations\[alb.ingress.kubernetes.io\/actions.web\]: wanted an Ingress that takes at most 65536 bytes .* given \d+ bytes/,
  );
  expect(members[1]).toMatchObject({ accepted: true });
  const before = memberInput(memberOf('a'));
  const again = buildStack(inputOf([{ ...long('a', 250_000), lastGood: before }]), FACTS);
  expect(again.members[0]).toMatchObject({ accepted: false, servedFromLastGood: true, input: before });
});

test('one that was kept when there was no bound stays', () => {
  const { members } = buildStack(inputOf([kept(long('a', 250_000))]), FACTS);
  expect(members[0]).toMatchObject({ accepted: true });
});

test('of a group that is too long those that were there stay, and of new ones the longest steps back', () => {
  const there = Array.from({ length: 15 }, (_, at) => kept(long(`b${at}`, 100_000)));
  const { members } = buildStack(inputOf([long('a', 102_500), ...there, memberOf('c'), long('d', 101_000)]), FACTS);
  const refused = members.filter(({ accepted }) => !accepted).map(({ name, reason }) => `${name} ${reason}`);
  expect(refused).toEqual(['a TooLong']);
  expect(members[0]?.message).toMatch(
    /wanted Ingresses of one group that take at most 1048576 bytes .* given \d+ bytes, \d+ of them/,
  );
});
