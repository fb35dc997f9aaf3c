import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildStack, hashInput, type Member, type StackBuild } from '../../src/model/build.ts';
import type { Rule } from '../../src/model/stack.ts';
import { classOf, FACTS, ingressOf, inputOf, memberOf, serviceOf } from './cluster.ts';

/** Annotations that are right, wrong, merely told, or exclusive in a group. */
const annotations = fc.dictionary(
  fc.constantFrom(
    'scheme',
    'group.order',
    'ssl-policy',
    'inbound-cidrs',
    'listen-ports',
    'healthcheck-path',
    'tags',
    'auth-type',
    'conditions.web',
    'unknown',
  ),
  fc.constantFrom(
    'internal',
    'internet-facing',
    '1',
    '-1',
    '10.0.0.0/8',
    '[{"HTTP":80},{"HTTP":8080}]',
    '[{"HTTPS":443}]',
    '/ready',
    'a=1',
    'a=2',
    'none',
    '[{"field":"source-ip","sourceIpConfig":{"values":["10.0.0.0/8"]}}]',
  ),
  { maxKeys: 3 },
);

const members = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), annotations, fc.option(annotations)), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 5,
  })
  .map((all) => all.map(([name, now, before]) => withLastGood(memberOf(name, now), before ?? undefined)));

/** A member whose earlier input was accepted, where it was. */
function withLastGood(member: Member, before: Record<string, string> | undefined): Member {
  if (before === undefined) return member;
  const earlier = { ...member, ingress: ingressOf(member.ingress.name, before) };
  const [verdict] = buildStack(inputOf([earlier]), FACTS).members;
  return verdict?.accepted === true && verdict.input ? { ...member, lastGood: verdict.input } : member;
}

const shuffled = <T>(list: T[]) => fc.shuffledSubarray(list, { minLength: list.length });
const allRules = ({ stack }: StackBuild): Rule[] => (stack?.listeners ?? []).flatMap(({ rules }) => rules);
const rulesOf = (build: StackBuild, owner: string) =>
  allRules(build)
    .filter((rule) => rule.owner === owner)
    .map(({ conditions, actions }) => ({ conditions, actions }));

describe('buildStack', () => {
  test('does not depend on the order of the members', () => {
    const both = members.chain((list) => fc.tuple(fc.constant(list), shuffled(list)));
    fc.assert(
      fc.property(both, ([list, other]) => {
        expect(buildStack(inputOf(other), FACTS)).toEqual(buildStack(inputOf(list), FACTS));
        expect(hashInput(inputOf(other))).toBe(hashInput(inputOf(list)));
      }),
    );
  });

  test('numbers the rules of each listener from 1 without a gap, and keeps each within the limits of AWS', () => {
    fc.assert(
      fc.property(members, (list) => {
        const build = buildStack(inputOf(list), FACTS);
        for (const { rules } of build.stack?.listeners ?? []) {
          expect(rules.map(({ priority }) => priority)).toEqual(rules.map((_, at) => at + 1));
        }
        for (const { conditions } of allRules(build)) {
          const counts = conditions.map((one) => ('values' in one ? one.values : one.regexValues).length);
          expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThan(6);
        }
      }),
    );
  });

  test('forwards only to target groups of the stack, and has none that nothing forwards to', () => {
    fc.assert(
      fc.property(members, (list) => {
        const build = buildStack(inputOf(list), FACTS);
        const used = allRules(build)
          .flatMap(({ actions }) => actions)
          .flatMap((action) => (action.type === 'forward' ? action.targets : []))
          .flatMap((target) => ('targetGroup' in target ? [target.targetGroup] : []));
        expect(new Set(build.stack?.targetGroups.map(({ id }) => id))).toEqual(new Set(used));
      }),
    );
  });

  test('comes to the same once what was accepted is the last good input', () => {
    fc.assert(
      fc.property(members, (list) => {
        const first = buildStack(inputOf(list), FACTS);
        const inputs = new Map(first.members.map(({ name, input }) => [name, input]));
        const next = list.map((member) => {
          const lastGood = inputs.get(member.ingress.name);
          return lastGood ? { ...member, lastGood: JSON.parse(JSON.stringify(lastGood)) } : member;
        });
        expect(buildStack(inputOf(next), FACTS).stack).toEqual(first.stack);
      }),
    );
  });

  test('gives every name the form AWS takes', () => {
    const dns = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,60}[a-z0-9]$/);
    fc.assert(
      fc.property(dns, dns, (namespace, name) => {
        const ingress = { ...ingressOf('a'), namespace, name };
        const services = [serviceOf('web', { namespace })];
        for (const key of [`ingress/${namespace}/${name}`, `group/${name}`]) {
          const { stack } = buildStack(inputOf([memberOf('a', {}, { ingress, services })], { key }), FACTS);
          const names = [stack?.loadBalancer.name, stack?.targetGroups[0]?.name];
          for (const one of names) expect(one).toMatch(/^(?=.{1,32}$)(?!.*--)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/);
        }
      }),
    );
  });
});

describe('a member that is wrong', () => {
  const wrong: [string, Record<string, string>][] = [
    ['a malformed value', { 'healthcheck-interval-seconds': 'often' }],
    ['a protection we cannot give', { 'auth-type': 'oidc' }],
    ['malformed JSON', { 'listen-ports': '[' }],
    ['HTTPS without a certificate', { 'listen-ports': '[{"HTTPS":443}]' }],
    ['subnets that are not there', { subnets: 'subnet-x,subnet-y' }],
    ['a security group that is not there', { 'security-groups': 'sg-x' }],
    ['a redirect to a port nobody has', { 'ssl-redirect': '443' }],
    ['a second scheme', { scheme: 'internet-facing' }],
    ['a second protocol on a port', { 'listen-ports': '[{"HTTPS":80}]', 'certificate-arn': 'arn:aws:acm:x' }],
  ];
  const good = [memberOf('b', { scheme: 'internal' }), memberOf('d', { 'healthcheck-path': '/d' })];
  const before = withLastGood(memberOf('c'), {});

  test.each(wrong)('%s: changes nothing of the others', (_, given) => {
    const alone = buildStack(inputOf(good), FACTS);
    const build = buildStack(inputOf([...good, memberOf('c', given)]), FACTS);
    expect(build.members.map(({ accepted }) => accepted)).toEqual([true, false, true]);
    expect(build.stack).toEqual(alone.stack);
  });

  test.each(wrong)('%s: keeps its last good rules', (_, given) => {
    const build = buildStack(inputOf([...good, { ...before, ingress: ingressOf('c', given) }]), FACTS);
    expect(build.members[1]).toMatchObject({ accepted: false, servedFromLastGood: true, input: before.lastGood });
    expect(build.stack).toEqual(buildStack(inputOf([...good, before]), FACTS).stack);
  });

  test.each(wrong)('%s: is told with its field and what was given', (_, given) => {
    const [verdict] = buildStack(inputOf([...good, memberOf('c', given)]), FACTS).members.filter(
      ({ name }) => name === 'c',
    );
    expect(verdict?.message).toMatch(/^Ingress shop\/c metadata\.annotations\[.*\]: .*(wanted|cannot be honoured).*/);
  });

  test('that changes for the better changes its rules: what is compared above can differ', () => {
    const better = { ...before, ingress: ingressOf('c', { 'healthcheck-path': '/c' }) };
    expect(rulesOf(buildStack(inputOf([...good, better]), FACTS), 'shop/c')).not.toEqual(
      rulesOf(buildStack(inputOf([...good, before]), FACTS), 'shop/c'),
    );
  });
});

describe('facts', () => {
  test('stop the stack as a whole where nobody asks anew for what is missing', () => {
    const { stack, problems, members: verdicts } = buildStack(inputOf([memberOf('a')]), { ...FACTS, subnets: [] });
    expect(stack).toBeUndefined();
    expect(problems).toMatchObject([{ severity: 'refused', reason: 'SubnetsNotFound' }]);
    expect(verdicts).toMatchObject([{ accepted: false, reason: 'SubnetsNotFound' }]);
  });

  test('that stop a stack leave the last good input as it was', () => {
    const before = withLastGood(memberOf('a'), {});
    const changed = { ...before, ingress: ingressOf('a', { 'healthcheck-path': '/new' }) };
    const { members: verdicts } = buildStack(inputOf([changed]), { ...FACTS, subnets: [] });
    expect(verdicts[0]?.input).toEqual(before.lastGood);
  });
});

test('a member that is being deleted has no rules, and alone no stack', () => {
  const deleting = { ...memberOf('a'), ingress: { ...ingressOf('a'), deleting: true } };
  expect(buildStack(inputOf([deleting]), FACTS)).toEqual({ members: [], problems: [] });
});

test('more rules than the quota are told, not refused', () => {
  const paths = Array.from({ length: 101 }, (_, at) => ({
    path: `/p${at}`,
    pathType: 'Exact' as const,
    backend: { service: 'web', port: { number: 80 } },
  }));
  const ingress = ingressOf('a', {}, { rules: [{ paths }] });
  const { stack, problems } = buildStack(inputOf([memberOf('a', {}, { ingress })]), FACTS);
  expect(stack?.listeners[0]?.rules).toHaveLength(101);
  expect(problems).toMatchObject([{ severity: 'warning', reason: 'QuotaExceeded', field: 'rules' }]);
});

describe('hashInput', () => {
  const hash = (member: Member, more = {}) => hashInput(inputOf([member], more));
  const before = hash(memberOf('a', { scheme: 'internal', tags: 'a=1' }));

  test('is the same whatever the order of keys, and for what decides nothing', () => {
    const other = memberOf('a', { tags: 'a=1', scheme: 'internal' });
    expect(hash(other)).toBe(before);
    expect(hash({ ...other, ingress: { ...other.ingress, generation: 7, hostnames: ['x'], labels: { a: 'b' } } })).toBe(
      before,
    );
    const annotated = { ...other.ingress, annotations: { ...other.ingress.annotations, 'example.com/x': 'y' } };
    expect(hash({ ...other, ingress: annotated })).toBe(before);
  });

  test.each<[string, Member, object?]>([
    ['an annotation', memberOf('a', { scheme: 'internal', tags: 'a=2' })],
    ['a rule', memberOf('a', {}, { ingress: ingressOf('a', { scheme: 'internal', tags: 'a=1' }, { rules: [] }) })],
    [
      'a Service',
      memberOf('a', { scheme: 'internal', tags: 'a=1' }, { services: [serviceOf('web', { type: 'NodePort' })] }),
    ],
    [
      'the class',
      memberOf(
        'a',
        { scheme: 'internal', tags: 'a=1' },
        { class: classOf('podwire', { annotations: { 'alb.ingress.kubernetes.io/target-type': 'ip' } }) },
      ),
    ],
    [
      'a target type',
      memberOf('a', { scheme: 'internal', tags: 'a=1' }),
      { targetTypes: { 'shop/web:80': 'instance' } },
    ],
  ])('differs with %s', (_, member, more) => {
    expect(hash(member, more)).not.toBe(before);
  });
});
