import { beforeEach, describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, type IngressOptions, prefixed, service, slice } from './manifests.ts';
import { awsShape } from './shape.ts';
import { ingressClass, openWorld, type World } from './world.ts';

let world: World;

/** One Ingress that is served, and goes on being served whatever stands beside it. */
beforeEach(async () => {
  world = await openWorld();
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }));
  await world.apply(ingress({ name: 'good', rules: [{ host: 'good.example.com', service: 'web' }] }));
  await world.start();
  await world.advance(30_000);
});

const shop = (options: Partial<IngressOptions> = {}): object =>
  ingress({ name: 'bad', rules: [{ host: 'bad.example.com', service: 'web' }], ...options });

const linesOf = (name: string): string[] => awsShape(world).filter((line) => line.includes(`"ingress/shop/${name}"`));
const isPrefixed = (line: string): boolean => line.startsWith('load-balancer');

/** The good Ingress is as it was, and still follows its pods and its own changes; nothing was deleted. */
async function goodGoesOn(before: string[]): Promise<void> {
  expect(linesOf('good')).toEqual(before);
  expect(world.life.mutating.filter((action) => /^(delete|deregister|revoke)/.test(action))).toEqual([]);
  await world.apply(slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50', '10.0.3.50'] }));
  await world.apply(ingress({ name: 'good', rules: [{ host: 'good.example.com', path: '/new', service: 'web' }] }));
  await world.advance(20_000);
  const now = linesOf('good').join('\n');
  expect(now).toContain('10.0.3.50:8080 healthy');
  expect(now).toContain('/new');
}

describe('an Ingress that is refused says so, creates nothing, and leaves the others alone', () => {
  const CASES: { name: string; given: Partial<IngressOptions>; said: RegExp; before?: () => Promise<void> }[] = [
    {
      name: 'malformed annotation',
      given: { annotations: { scheme: 'public' } },
      said: /Ingress shop\/bad metadata.annotations\[alb.ingress.kubernetes.io\/scheme\]: wanted one of internal, internet-facing; given "public"/,
    },
    {
      name: 'protection that is not there yet',
      given: { annotations: { 'auth-type': 'oidc' } },
      said: /metadata.annotations\[alb.ingress.kubernetes.io\/auth-type\].*the backend would be served without authentication.*"oidc"/,
    },
    {
      name: 'unknown class parameter',
      given: { class: 'typo' },
      said: /IngressClassParams typo spec: wanted the key "scheme", not "shceme"/,
      before: () => withParams('typo', { shceme: 'internal' }),
    },
    {
      name: 'class parameters that are not there',
      given: { class: 'lost' },
      said: /IngressClassParams.*lost/,
      before: () => world.apply(ingressClass('lost', 'podwire.dev/alb', { parameters: params('lost') })),
    },
    {
      name: 'HTTPS without a certificate',
      given: { annotations: { 'listen-ports': '[{"HTTPS": 443}]' } },
      said: /certificate-arn\]: wanted the ARN of a certificate for HTTPS port 443; given none/,
    },
    {
      name: 'no subnet that fits',
      given: { annotations: { scheme: 'internet-facing' } },
      said: /scheme\]: wanted subnets in 2 zones at least; found none.*kubernetes.io\/role\/elb/,
      before: async () => {
        for (const { tags } of world.aws.state.subnets.values()) delete tags['kubernetes.io/role/elb'];
        await world.restart();
      },
    },
    {
      name: 'instances wanted of a Service without node ports',
      given: { annotations: { 'target-type': 'instance' } },
      said: /target-type\]: wanted a Service with node ports .* given "instance" and Service shop\/web of type ClusterIP/,
    },
  ];

  test.each(CASES)('$name', async ({ given, said, before: prepare }) => {
    await prepare?.();
    const before = linesOf('good');
    await world.apply(shop(given));
    await world.advance(30_000);
    expect((await world.events('bad')).join('\n')).toMatch(said);
    expect(linesOf('bad')).toEqual([]);
    await goodGoesOn(before);
  });

  test('control: one that is right is created', async () => {
    await world.apply(shop());
    await world.advance(30_000);
    expect(linesOf('bad').some(isPrefixed)).toBe(true);
  });
});

const params = (name: string) => ({ apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name });

async function withParams(name: string, spec: object): Promise<void> {
  await world.apply(
    { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'IngressClassParams', metadata: { name }, spec },
    ingressClass(name, 'podwire.dev/alb', { parameters: params(name) }),
  );
}

test('S7: an unknown annotation is told with the nearest known one, and the Ingress is served', async () => {
  await world.apply(shop({ annotations: { schem: 'internal' } }));
  await world.advance(30_000);
  expect((await world.events('bad')).join('\n')).toMatch(
    /alb.ingress.kubernetes.io\/schem\b.*alb.ingress.kubernetes.io\/scheme/,
  );
  expect(linesOf('bad').some(isPrefixed)).toBe(true);
});

test('a missing Service and a missing port answer 503 and are named, and heal when they come', async () => {
  const rules = [
    { host: 'bad.example.com', path: '/gone', service: 'gone' },
    { host: 'bad.example.com', path: '/port', service: 'web', port: 'grpc' },
    { host: 'bad.example.com', path: '/', service: 'web' },
  ];
  await world.apply(shop({ rules }));
  await world.advance(30_000);
  const said = (await world.events('bad')).join('\n');
  expect(said).toMatch(/Service shop\/gone does not exist: requests are answered with 503/);
  expect(said).toMatch(/Service shop\/web has no port "grpc": requests are answered with 503/);
  expect(linesOf('bad').filter((line) => line.includes('fixed-response') && line.includes('503'))).toHaveLength(2);
  await world.apply(service({ name: 'gone' }), slice({ service: 'gone', addresses: ['10.0.1.70'] }));
  await world.advance(30_000);
  expect(linesOf('bad').filter((line) => line.includes('fixed-response') && line.includes('503'))).toHaveLength(1);
  expect(linesOf('bad').join('\n')).toContain('10.0.1.70:8080 healthy');
});

describe('members of a group', () => {
  const member = (name: string, more: Partial<IngressOptions> = {}): object =>
    ingress({
      name,
      rules: [{ host: `${name}.example.com`, service: 'web' }],
      ...more,
      annotations: { 'group.name': 'front', ...more.annotations },
    });
  const rules = (): string =>
    awsShape(world)
      .filter((line) => line.startsWith('rule') && line.includes('group/front'))
      .join('\n');

  test('of two that claim one setting the first stays, the other is told by whom it is held', async () => {
    await world.apply(member('a', { annotations: { scheme: 'internal' } }));
    await world.advance(10_000);
    await world.apply(member('b', { annotations: { scheme: 'internet-facing' } }));
    await world.advance(20_000);
    expect((await world.events('b')).join('\n')).toMatch(
      /scheme: wanted "internal", which Ingress shop\/a of the same group has; given "internet-facing"/,
    );
    expect(rules()).toContain('a.example.com');
    expect(rules()).not.toContain('b.example.com');
    expect(world.life.mutating.filter((action) => action.startsWith('delete'))).toEqual([]);
  });

  test('one that turns wrong keeps its last good rules, also over a restart, while the other converges', async () => {
    await world.apply(member('a'), member('b'));
    await world.advance(20_000);
    const wrong = { annotations: { 'target-type': 'pod' }, rules: [{ host: 'b2.example.com', service: 'web' }] };
    await world.apply(member('b', wrong));
    await world.advance(20_000);
    await world.restart();
    await world.apply(member('a', { rules: [{ host: 'a2.example.com', service: 'web' }] }));
    await world.advance(20_000);
    expect(rules()).toContain('"b.example.com"');
    expect(rules()).not.toContain('b2.example.com');
    expect(rules()).toContain('"a2.example.com"');
    expect((await world.events('b')).join('\n')).toMatch(/wanted one of ip, instance; given "pod"/);
    expect((await world.events('b')).join('\n')).toMatch(/ServedFromLastGood/);
    await world.apply(member('b', { rules: [{ host: 'b2.example.com', service: 'web' }] }));
    await world.annotate('b', prefixed({ 'target-type': null }));
    await world.advance(20_000);
    expect(rules()).toContain('b2.example.com');
  });

  test.each(['zstd:KLUv/SAA', '{"ingress":{}}'])(
    'a record of what was last good that another version wrote (%j): the stack stays as it is while a member is refused',
    async (lastGood) => {
      await world.apply(member('a'), member('b'));
      await world.advance(20_000);
      const before = rules();
      world.kill();
      type Ledger = { status: { members: object[] } };
      const ledger = (await world.kube.get(RESOURCES.loadBalancer, { name: 'group.front' })) as unknown as Ledger;
      const members = ledger.status.members.map((one) => ({ ...one, lastGood }));
      const patch = { type: 'merge' as const, subresource: 'status' as const, body: { status: { members } } };
      await world.kube.patch(RESOURCES.loadBalancer, { name: 'group.front' }, patch);
      await world.annotate('b', prefixed({ 'target-type': 'pod' }));
      await world.start();
      await world.advance(300_000);
      expect(rules()).toBe(before);
      const told = await world.conditions(RESOURCES.loadBalancer, 'group.front');
      expect(told.join('\n')).toMatch(
        /Ready=False Held: .*Ingress shop\/b is refused: nothing is changed until it is corrected/,
      );
      await world.annotate('b', prefixed({ 'target-type': null }));
      await world.apply(member('a', { rules: [{ host: 'a2.example.com', service: 'web' }] }));
      await world.advance(60_000);
      expect(rules()).toContain('"a2.example.com"');
      expect(rules()).toContain('"b.example.com"');
    },
  );

  test('two that swap groups are served all the time, and leave nothing behind', async () => {
    const front = (name: string, group: string) => member(name, { annotations: { 'group.name': group } });
    await world.apply(front('a', 'one'), front('b', 'two'));
    await world.advance(30_000);
    await world.apply(front('a', 'two'), front('b', 'one'));
    const groupsOf = (host: string) =>
      awsShape(world)
        .filter((line) => line.startsWith('rule') && line.includes(`"${host}"`))
        .map((line) => /group\/\w+/.exec(line)?.[0]);
    await world.advance(90_000);
    expect(groupsOf('a.example.com')).toEqual(['group/one', 'group/two']);
    await world.advance(300_000);
    expect([groupsOf('a.example.com'), groupsOf('b.example.com')]).toEqual([['group/two'], ['group/one']]);
    for (const name of ['a', 'b']) await world.delete(RESOURCES.ingress, name, 'shop');
    await world.advance(90_000);
    expect(awsShape(world).filter((line) => line.includes('"group/'))).toEqual([]);
    expect(await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name: 'a' })).toBeUndefined();
  });
});

describe('targets do not wait for what is wrong with their load balancer', () => {
  const addresses = ['10.0.1.60', '10.0.2.60'];
  const targets = (): string => linesOf('good').find((line) => line.startsWith('target-group')) ?? '';

  const WRONG: Record<string, () => Promise<unknown>> = {
    'a malformed annotation': () => world.annotate('good', prefixed({ scheme: 'public' })),
    'a certificate that is not there': () =>
      world.annotate(
        'good',
        prefixed({ 'listen-ports': '[{"HTTPS": 443}]', 'certificate-arn': 'arn:aws:acm:eu-central-1:1:certificate/x' }),
      ),
    'rules that AWS denies': async () => {
      world.aws.configure({
        faults: ['CreateRule', 'ModifyRule', 'CreateListener'].map((action) => ({
          action,
          code: 'AccessDenied',
          httpStatus: 403,
        })),
      });
      await world.apply(ingress({ name: 'good', rules: [{ host: 'other.example.com', path: '/x', service: 'web' }] }));
    },
    'rules that AWS throttles': async () => {
      world.aws.configure({
        faults: [
          { action: 'CreateRule', code: 'Throttling' },
          { action: 'ModifyRule', code: 'Throttling' },
        ],
      });
      await world.apply(ingress({ name: 'good', rules: [{ host: 'other.example.com', path: '/x', service: 'web' }] }));
    },
    'a class that is gone': () => world.delete(RESOURCES.ingressClass, 'podwire'),
  };

  test.each(Object.entries(WRONG))('%s', async (_name, turnWrong) => {
    await turnWrong();
    await world.advance(5_000);
    await world.apply(slice({ service: 'web', addresses }));
    await world.advance(1_000);
    for (const address of addresses) expect(targets()).toContain(`${address}:8080`);
    await world.advance(120_000);
    expect(targets()).toContain('[10.0.1.60:8080 healthy, 10.0.2.60:8080 healthy]');
  });
});

describe('R4: one broken Ingress of a group', () => {
  const names = ['a', 'b', 'c'];
  const hosted = (name: string, annotations: Record<string, string> = {}, of = 'podwire'): object =>
    ingress({
      name,
      class: of,
      rules: [{ host: `${name}.example.com`, service: name }],
      annotations: { 'group.name': 'front', ...annotations },
    });
  const targetsOf = (name: string): string =>
    awsShape(world).find((line) => line.startsWith('target-group') && line.includes(`shop-${name}-`)) ?? '';
  const listenerRules = (): string =>
    awsShape(world)
      .filter((line) => line.startsWith('rule') && line.includes('group/front'))
      .join('\n');

  const BROKEN: Record<string, () => Promise<unknown>> = {
    'a value that another member has otherwise': () =>
      world.apply(hosted('b', { scheme: 'internet-facing' }), hosted('a', { scheme: 'internal' })),
    'an attribute there is not': () =>
      world.annotate('b', prefixed({ 'load-balancer-attributes': 'access_logs.s3.enable=yes' })),
    'a bucket that AWS does not take': async () => {
      const fault = { action: 'ModifyLoadBalancerAttributes', code: 'InvalidConfigurationRequest', httpStatus: 400 };
      world.aws.configure({ faults: [{ ...fault, message: 'Access Denied for bucket: none' }] });
      const logs = 'access_logs.s3.enabled=true,access_logs.s3.bucket=none';
      await world.annotate('b', prefixed({ 'load-balancer-attributes': logs }));
    },
    'a certificate that is not there': () =>
      world.annotate(
        'b',
        prefixed({ 'listen-ports': '[{"HTTPS":443}]', 'certificate-arn': 'arn:aws:acm:eu-central-1:1:certificate/x' }),
      ),
    'a class that is not there': () => world.apply(hosted('b', {}, 'nobody')),
  };

  test.each(Object.entries(BROKEN))('R4: %s: targets of all converge within 10 s', async (_name, breakOne) => {
    for (const [at, name] of names.entries())
      await world.apply(service({ name }), slice({ service: name, addresses: [`10.0.1.${60 + at}`] }), hosted(name));
    await world.advance(60_000);
    for (const [at, name] of names.entries()) expect(targetsOf(name)).toContain(`10.0.1.${60 + at}:8080 healthy`);
    await breakOne();
    await world.advance(5_000);
    for (const [at, name] of names.entries())
      await world.apply(slice({ service: name, addresses: [`10.0.2.${60 + at}`] }));
    await world.advance(10_000);
    for (const [at, name] of names.entries()) expect(targetsOf(name)).toContain(`10.0.2.${60 + at}:8080`);
    await world.advance(60_000);
    for (const [at, name] of names.entries()) {
      expect(targetsOf(name)).toContain(`[10.0.2.${60 + at}:8080 healthy]`);
      expect(listenerRules()).toContain(`"${name}.example.com"`);
    }
    world.aws.configure({ faults: [] });
    expect(world.errors).toEqual([]);
  });
});

describe('an error of AWS', () => {
  const ERRORS: { code: string; httpStatus?: number; reason: RegExp }[] = [
    {
      code: 'AccessDenied',
      httpStatus: 403,
      reason: /AccessDenied: create load-balancer: .*elasticloadbalancing:CreateLoadBalancer/,
    },
    { code: 'Throttling', reason: /Throttled: create load-balancer: / },
    { code: 'InvalidConfigurationRequest', reason: /RefusedByAWS: create load-balancer: / },
    { code: 'TooManyLoadBalancers', reason: /QuotaReached: create load-balancer: .*TooManyLoadBalancers/ },
    { code: 'InternalFailure', httpStatus: 500, reason: /ApplyFailed: create load-balancer: .*InternalFailure/ },
  ];

  test.each(ERRORS)(
    '$code is told on the Ingress, and what it stopped is done when AWS agrees',
    async ({ reason, ...fault }) => {
      const before = linesOf('good');
      world.aws.configure({ faults: [{ action: 'CreateLoadBalancer', message: `no, since ${fault.code}`, ...fault }] });
      await world.apply(shop());
      await world.advance(60_000);
      expect((await world.events('bad')).join('\n')).toMatch(reason);
      const told = await world.conditions(RESOURCES.loadBalancer, 'ingress.shop.bad');
      expect(told.join('\n')).toMatch(/Ready=False/);
      expect(linesOf('good')).toEqual(before);
      world.aws.configure({ faults: [] });
      await world.advance(1_000_000); // at the latest the next sweep tries again
      expect(linesOf('bad').filter(isPrefixed)).toHaveLength(1);
      await goodGoesOn(before);
    },
  );

  test('one that comes back with an effect leaves no second load balancer', async () => {
    world.aws.configure({
      faults: [{ action: '*', code: 'InternalFailure', httpStatus: 500, when: 'after', probability: 0.3 }],
    });
    await world.apply(shop());
    await world.advance(120_000);
    world.aws.configure({ faults: [] });
    await world.advance(120_000);
    expect(linesOf('bad').filter(isPrefixed)).toHaveLength(1);
    expect(linesOf('bad').filter((line) => line.startsWith('target-group'))).toHaveLength(1);
  });
});
