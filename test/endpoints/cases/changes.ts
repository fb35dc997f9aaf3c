import { expect } from 'vitest';
import type { Stack } from '../../../src/model/stack.ts';
import type { Case } from '../case.ts';
import type { Tenant } from '../tenant.ts';

/** Makes the stack, changes what is wanted, converges, and answers what AWS has then. Nothing may be left to do. */
async function changed(tenant: Tenant, before: Stack, after: Stack): Promise<string[]> {
  await tenant.converge(before.key, before);
  expect(await tenant.plan(after.key, after)).not.toEqual([]);
  await tenant.converge(after.key, after);
  expect(await tenant.plan(after.key, after)).toEqual([]);
  return tenant.holdings();
}

const ROUTES = ['a web', 'b api', 'c web'].map((each) => `shop.example.com /${each}`);
const SERVICES = ['web', 'api'];

const rulesIn = (lines: string[]): string[] =>
  lines.filter((line) => line.startsWith('rule')).map((line) => line.replace(/k8s-\w+-tg-/, ''));

async function targetGroupOf(tenant: Tenant, service: string) {
  const { TargetGroups = [] } = await tenant.region.elb.describeTargetGroups({});
  const { name = '' } = tenant.stack({ services: SERVICES }).targetGroups.find(({ id }) => id.includes(service)) ?? {};
  return TargetGroups.find(({ TargetGroupName }) => TargetGroupName === name);
}

/** A stack that comes to be wanted otherwise. */
export const CHANGES: Case[] = [
  {
    name: 'rules are added at the end, changed in place and taken away',
    run: async (tenant) => {
      const before = tenant.stack({ services: SERVICES, routes: ROUTES });
      const routes = ['shop.example.com /a api', 'shop.example.com /b api', 'other.example.com /d web'];
      const after = tenant.stack({ services: SERVICES, routes: [...routes, 'shop.example.com /e web'] });
      expect(rulesIn(await changed(tenant, before, after))).toEqual([
        'rule 80 1 shop.example.com /a -> api',
        'rule 80 2 shop.example.com /b -> api',
        'rule 80 3 other.example.com /d -> web',
        'rule 80 4 shop.example.com /e -> web',
      ]);
    },
  },
  {
    name: 'rules change places, and a new one comes first',
    needs: ['prioritySwap'],
    run: async (tenant) => {
      const before = tenant.stack({ services: SERVICES, routes: ROUTES });
      const after = tenant.stack({
        services: SERVICES,
        routes: ['first.example.com / api', ...ROUTES.toReversed()],
      });
      expect(rulesIn(await changed(tenant, before, after))).toEqual([
        'rule 80 1 first.example.com / -> api',
        'rule 80 2 shop.example.com /c -> web',
        'rule 80 3 shop.example.com /b -> api',
        'rule 80 4 shop.example.com /a -> web',
      ]);
    },
  },
  {
    name: 'the health check changes in place',
    run: async (tenant) => {
      const before = tenant.stack();
      const after = tenant.stack();
      const [group] = after.targetGroups;
      if (group)
        Object.assign(group.healthCheck, {
          path: '/ready',
          intervalSeconds: 10,
          port: 8081,
          matcher: { httpCode: '200-204' },
        });
      const arn = async () => (await targetGroupOf(tenant, 'web'))?.TargetGroupArn;
      await tenant.converge(before.key, before);
      const first = await arn();
      await changed(tenant, before, after);
      expect(await targetGroupOf(tenant, 'web')).toMatchObject({
        TargetGroupArn: first,
        HealthCheckPath: '/ready',
        HealthCheckIntervalSeconds: 10,
        HealthCheckPort: '8081',
        Matcher: { HttpCode: '200-204' },
      });
    },
  },
  {
    name: 'the gRPC codes of the health check change in place',
    needs: ['certificates', 'grpcMatcher'],
    run: async (tenant) => {
      const certificate = await tenant.scratch.certificate();
      const [before, after] = [grpcStack(tenant, certificate, '0'), grpcStack(tenant, certificate, '0-12')];
      await changed(tenant, before, after);
      expect((await targetGroupOf(tenant, 'web'))?.Matcher).toMatchObject({ GrpcCode: '0-12' });
    },
  },
  {
    name: 'attributes of load balancer and target group are set',
    run: async (tenant) => {
      const after = tenant.stack();
      after.loadBalancer.attributes = { 'idle_timeout.timeout_seconds': '120', 'routing.http2.enabled': 'false' };
      for (const group of after.targetGroups) group.attributes = { 'deregistration_delay.timeout_seconds': '30' };
      await changed(tenant, tenant.stack(), after);
      const { elb } = tenant.region;
      const TargetGroupArn = (await targetGroupOf(tenant, 'web'))?.TargetGroupArn;
      const { Attributes } = await elb.describeTargetGroupAttributes({ TargetGroupArn });
      expect(Attributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '30' });
    },
  },
  {
    name: 'a deregistration delay of an hour is set',
    needs: ['longDelay'],
    run: async (tenant) => {
      const after = tenant.stack();
      for (const group of after.targetGroups) group.attributes = { 'deregistration_delay.timeout_seconds': '3600' };
      await changed(tenant, tenant.stack(), after);
    },
  },
  {
    name: 'listeners are added and taken away, with their ports in the frontend security group',
    run: async (tenant) => {
      const lines = await changed(tenant, tenant.stack({ ports: [80, 8080] }), tenant.stack({ ports: [8080, 9090] }));
      expect(lines.filter((line) => line.startsWith('listener'))).toEqual([
        'listener 8080 HTTP -> 404',
        'listener 9090 HTTP -> 404',
      ]);
      expect(lines.filter((line) => line.includes('-sg '))).toEqual([
        expect.stringMatching(/ 8080=0\.0\.0\.0\/0 9090=0\.0\.0\.0\/0$/),
      ]);
    },
  },
  {
    name: 'a target group of another protocol takes the place of the old one',
    run: async (tenant) => {
      const after = tenant.stack();
      for (const group of after.targetGroups) Object.assign(group, { protocol: 'HTTPS' });
      const lines = await changed(tenant, tenant.stack(), after);
      expect(lines.filter((line) => line.startsWith('target-group'))).toEqual([expect.stringContaining(' HTTPS ')]);
    },
  },
  {
    name: 'an HTTP listener becomes HTTPS',
    needs: ['certificates'],
    run: async (tenant) => {
      const certificate = await tenant.scratch.certificate();
      const lines = await changed(tenant, tenant.stack({ ports: [443] }), httpsStack(tenant, [certificate]));
      expect(lines).toContain('listener 443 HTTPS -> 404');
    },
  },
  {
    name: 'certificates are added, and the default one changes',
    needs: ['certificates', 'certificateList'],
    run: async (tenant) => {
      const { scratch } = tenant;
      const [a, b, c] = [await scratch.certificate(), await scratch.certificate(), await scratch.certificate()];
      await changed(tenant, httpsStack(tenant, [a]), httpsStack(tenant, [b, a, c]));
      expect(await certificatesOf(tenant)).toEqual([`default ${b}`, ...[a, c].toSorted()]);
      await changed(tenant, httpsStack(tenant, [b, a, c]), httpsStack(tenant, [c]));
      expect(await certificatesOf(tenant)).toEqual([`default ${c}`]);
    },
  },
  {
    name: 'tags that are wanted are added',
    run: async (tenant) => {
      const after = tenant.stack();
      for (const { tags } of [after.loadBalancer, ...after.targetGroups]) tags['team'] = 'shop';
      await changed(tenant, tenant.stack(), after);
      const arn = (await targetGroupOf(tenant, 'web'))?.TargetGroupArn ?? '';
      const { TagDescriptions } = await tenant.region.elb.describeTags({ ResourceArns: [arn] });
      expect(TagDescriptions?.[0]?.Tags).toContainEqual({ Key: 'team', Value: 'shop' });
    },
  },
];

/** On HTTPS: AWS has no gRPC on HTTP listeners. */
function grpcStack(tenant: Tenant, certificate: string, grpcCode: string): Stack {
  const stack = httpsStack(tenant, [certificate]);
  for (const group of stack.targetGroups) {
    group.protocolVersion = 'GRPC';
    group.healthCheck = { ...group.healthCheck, path: '/grpc.health.v1.Health/Check', matcher: { grpcCode } };
  }
  return stack;
}

function httpsStack(tenant: Tenant, certificates: string[]): Stack {
  const stack = tenant.stack({ ports: [443] });
  const https = { protocol: 'HTTPS' as const, sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', certificates };
  return { ...stack, listeners: stack.listeners.map((listener) => ({ ...listener, ...https })) };
}

async function certificatesOf(tenant: Tenant): Promise<string[]> {
  const { elb } = tenant.region;
  const { LoadBalancers } = await elb.describeLoadBalancers({ Names: [tenant.stack().loadBalancer.name] });
  const { Listeners } = await elb.describeListeners({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn });
  const { Certificates = [] } = await elb.describeListenerCertificates({ ListenerArn: Listeners?.[0]?.ListenerArn });
  const texts = Certificates.map(({ CertificateArn, IsDefault }) =>
    IsDefault ? `default ${CertificateArn}` : `${CertificateArn}`,
  );
  return texts.toSorted(
    (a, b) => Number(b.startsWith('default')) - Number(a.startsWith('default')) || (a < b ? -1 : 1),
  );
}
