import { expect, test } from 'vitest';
import { importCertificate } from '../../../../src/local/aws/acm.ts';
import { mintCertificate } from '../../../../src/certificate.ts';
import { codeOf, createListener, createLoadBalancer, createStack, createTargetGroup, createWorld } from '../world.ts';
import type { World } from '../world.ts';

async function certificateIn({ aws }: World, ...names: string[]): Promise<string> {
  const { certificate, privateKey } = await mintCertificate(names, new Date(aws.clock.now()));
  return importCertificate(aws, { Certificate: certificate, PrivateKey: privateKey }).CertificateArn;
}

async function httpsListener(world: World, certificate: string) {
  const loadBalancer = await createLoadBalancer(world);
  const { Listeners } = await world.elb.createListener({
    LoadBalancerArn: loadBalancer,
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [{ CertificateArn: certificate }],
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  });
  return Listeners?.[0];
}

test('a forward comes back in both forms, with weight, stickiness and order filled in', async () => {
  const world = createWorld();
  const { listener, targetGroup } = await createStack(world);
  const { Listeners } = await world.elb.describeListeners({ ListenerArns: [listener] });
  expect(Listeners?.[0]?.DefaultActions).toEqual([
    {
      Type: 'forward',
      Order: 1,
      TargetGroupArn: targetGroup,
      ForwardConfig: {
        TargetGroups: [{ TargetGroupArn: targetGroup, Weight: 1 }],
        TargetGroupStickinessConfig: { Enabled: false },
      },
    },
  ]);
  expect(Listeners?.[0]).not.toHaveProperty('SslPolicy');
});

test('a redirect comes back with its placeholders filled in', async () => {
  const world = createWorld();
  const { Listeners } = await world.elb.createListener({
    LoadBalancerArn: await createLoadBalancer(world),
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }],
  });
  expect(Listeners?.[0]?.DefaultActions?.[0]?.RedirectConfig).toEqual({
    Protocol: 'HTTPS',
    Port: '443',
    Host: '#{host}',
    Path: '/#{path}',
    Query: '#{query}',
    StatusCode: 'HTTP_301',
  });
});

test('a second listener on a port is refused, the same one again is returned', async () => {
  const world = createWorld();
  const { loadBalancer, targetGroup, listener } = await createStack(world);
  expect(await createListener(world, { loadBalancer, targetGroup })).toBe(listener);
  const other = await createTargetGroup(world, { name: 'other' });
  expect(await codeOf(createListener(world, { loadBalancer, targetGroup: other }))).toBe('DuplicateListener');
});

test.each([
  ['no certificate', { Protocol: 'HTTPS' as const }, 'ValidationError'],
  [
    'a certificate that is not there',
    { Protocol: 'HTTPS' as const, Certificates: [{ CertificateArn: 'arn:x' }] },
    'CertificateNotFound',
  ],
  ['a certificate on HTTP', { Certificates: [{ CertificateArn: 'arn:x' }] }, 'ValidationError'],
  ['protocol TCP on an ALB', { Protocol: 'TCP' as const }, 'UnsupportedProtocol'],
  ['port 0', { Port: 0 }, 'ValidationError'],
  ['no action', { DefaultActions: [] }, 'ValidationError'],
  ['two final actions', { DefaultActions: [fixed('404'), fixed('503')] }, 'TooManyActions'],
  ['status 302 as fixed response', { DefaultActions: [fixed('302')] }, 'ValidationError'],
  [
    'a redirect onto itself',
    { DefaultActions: [{ Type: 'redirect' as const, RedirectConfig: { StatusCode: 'HTTP_302' as const } }] },
    'InvalidLoadBalancerAction',
  ],
  [
    'a group that is not there',
    {
      DefaultActions: [
        { Type: 'forward' as const, TargetGroupArn: 'arn:aws:elasticloadbalancing:r:1:targetgroup/x/1' },
      ],
    },
    'TargetGroupNotFound',
  ],
])('CreateListener refuses %s', async (_case, change, code) => {
  const world = createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const input = { LoadBalancerArn, Protocol: 'HTTP' as const, Port: 80, DefaultActions: [fixed('404')] };
  expect(await codeOf(world.elb.createListener({ ...input, ...change }))).toBe(code);
  expect(world.aws.state.listeners.size).toBe(0);
});

function fixed(StatusCode: string) {
  return { Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode } };
}

test('a TCP group does not fit an ALB, and HTTP/2 does not fit an HTTP listener', async () => {
  const world = createWorld();
  const loadBalancer = await createLoadBalancer(world);
  const base = { Port: 80, VpcId: world.aws.settings.vpcId, TargetType: 'ip' } as const;
  const tcp = await world.elb.createTargetGroup({ ...base, Name: 'tcp', Protocol: 'TCP' });
  const http2 = await world.elb.createTargetGroup({ ...base, Name: 'h2', Protocol: 'HTTP', ProtocolVersion: 'HTTP2' });
  for (const { TargetGroups } of [tcp, http2]) {
    const targetGroup = TargetGroups?.[0]?.TargetGroupArn ?? '';
    expect(await codeOf(createListener(world, { loadBalancer, targetGroup }))).toBe('IncompatibleProtocols');
  }
});

test('certificates: adding twice keeps one, the default one stays, a new default leaves the others', async () => {
  const world = createWorld();
  const names = ['a.test', 'b.test', 'c.test'];
  const [first = '', second = '', third = ''] = await Promise.all(names.map((name) => certificateIn(world, name)));
  const listener = await httpsListener(world, first);
  const ListenerArn = listener?.ListenerArn ?? '';
  expect(listener).toMatchObject({ SslPolicy: 'ELBSecurityPolicy-2016-08', Certificates: [{ CertificateArn: first }] });
  for (let i = 0; i < 2; i++)
    await world.elb.addListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: second }] });
  expect(
    await codeOf(world.elb.removeListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: first }] })),
  ).toBe('OperationNotPermitted');
  await world.elb.modifyListener({ ListenerArn, Certificates: [{ CertificateArn: third }] });
  const { Certificates } = await world.elb.describeListenerCertificates({ ListenerArn });
  expect(Certificates).toEqual([
    { CertificateArn: third, IsDefault: true },
    { CertificateArn: second, IsDefault: false },
  ]);
});

test('with a consistency lag a new listener is not found by the calls that follow at once', async () => {
  const world = createWorld({ consistencyLagMs: 2000 });
  const { listener, targetGroup } = await createStack(world);
  const create = () =>
    world.elb.createRule({
      ListenerArn: listener,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', Values: ['/a'] }],
      Actions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
    });
  expect(await codeOf(create())).toBe('ListenerNotFound');
  await world.clock.advance(2000);
  expect((await create()).Rules).toHaveLength(1);
});

test('modifying a listener replaces its default actions and frees the group they named', async () => {
  const world = createWorld();
  const { listener, targetGroup } = await createStack(world);
  await world.elb.modifyListener({ ListenerArn: listener, DefaultActions: [fixed('503')] });
  await world.elb.deleteTargetGroup({ TargetGroupArn: targetGroup });
  const { Rules } = await world.elb.describeRules({ ListenerArn: listener });
  expect(Rules).toMatchObject([
    { IsDefault: true, Priority: 'default', Actions: [{ FixedResponseConfig: { StatusCode: '503' } }] },
  ]);
});
