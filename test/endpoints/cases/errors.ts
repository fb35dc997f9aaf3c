import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { Budget } from '../../../src/aws/budget.ts';
import { Denied, Gone, Invalid, Retry, Throttled } from '../../../src/errors.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import type { Case } from '../case.ts';
import type { Tenant } from '../tenant.ts';

const UNKNOWN = '0123456789abcdef';

function arnOf({ region: { endpoint, accountId } }: Tenant, resource: string): string {
  return `arn:aws:elasticloadbalancing:${endpoint.region}:${accountId}:${resource}`;
}

const invalid = (field: string) => (error: unknown) => {
  expect(error).toBeInstanceOf(Invalid);
  expect((error as Invalid).field).toBe(field);
};

/** Runs a call that has to fail and hands its error to the check. */
async function failing(call: Promise<unknown>, check: (error: unknown) => void): Promise<void> {
  check(
    await call.then(
      () => 'no error',
      (error: unknown) => error,
    ),
  );
}

const isGone = (error: unknown): void => expect(error).toBeInstanceOf(Gone);

/** What AWS refuses, in the words of `errors.ts`. */
export const ERRORS: Case[] = [
  {
    name: 'what is not there is Gone',
    run: async (tenant) => {
      const { elb, ec2 } = tenant.region;
      const LoadBalancerArn = arnOf(tenant, `loadbalancer/app/nowhere/${UNKNOWN}`);
      const ListenerArn = arnOf(tenant, `listener/app/nowhere/${UNKNOWN}/${UNKNOWN}`);
      const RuleArn = arnOf(tenant, `listener-rule/app/nowhere/${UNKNOWN}/${UNKNOWN}/${UNKNOWN}`);
      const TargetGroupArn = arnOf(tenant, `targetgroup/nowhere/${UNKNOWN}`);
      await failing(elb.describeLoadBalancers({ LoadBalancerArns: [LoadBalancerArn] }), isGone);
      await failing(elb.describeTargetGroups({ TargetGroupArns: [TargetGroupArn] }), isGone);
      await failing(elb.describeListeners({ ListenerArns: [ListenerArn] }), isGone);
      await failing(elb.describeRules({ RuleArns: [RuleArn] }), isGone);
      await failing(elb.describeTargetHealth({ TargetGroupArn }), isGone);
      await failing(elb.registerTargets({ TargetGroupArn, Targets: [{ Id: '127.0.0.1', Port: 80 }] }), isGone);
      await failing(ec2.describeSecurityGroups({ GroupIds: ['sg-0123456789abcdef0'] }), isGone);
      await failing(ec2.deleteSecurityGroup({ GroupId: 'sg-0123456789abcdef0' }), isGone);
    },
  },
  {
    name: 'tags of what is not there are Gone as well',
    needs: ['consistentErrors'],
    run: async (tenant) => {
      const arn = arnOf(tenant, `targetgroup/nowhere/${UNKNOWN}`);
      await failing(tenant.region.elb.describeTags({ ResourceArns: [arn] }), isGone);
    },
  },
  {
    name: 'a permission that is there already, or is not there, is told as such',
    withoutElb: true,
    run: async (tenant) => {
      const { ec2 } = tenant.region;
      const GroupId = await tenant.scratch.securityGroup();
      const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }];
      await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
      await failing(ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions }), invalid('permissions'));
      await ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions });
      await failing(ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions }), isGone);
    },
  },
  {
    name: 'names that are taken are Invalid',
    run: async (tenant) => {
      const Name = tenant.scratch.name();
      await tenant.scratch.targetGroup({ Name });
      await failing(tenant.scratch.targetGroup({ Name, Port: 81, Protocol: 'HTTPS' }), invalid('name'));
      const group = { GroupName: Name, Description: 'by hand', VpcId: tenant.region.vpcId };
      const { GroupId } = await tenant.region.ec2.createSecurityGroup(group);
      tenant.scratch.onClear(() => tenant.region.ec2.deleteSecurityGroup({ GroupId }));
      await failing(tenant.region.ec2.createSecurityGroup(group), invalid('name'));
    },
  },
  {
    name: 'subnets, certificates and target groups that are not there are told by their field',
    run: async (tenant) => {
      const { scratch } = tenant;
      await failing(scratch.loadBalancer({ Subnets: ['subnet-0123456789abcdef0'] }), invalid('subnets'));
      const loadBalancer = await scratch.loadBalancer();
      const CertificateArn = `arn:aws:acm:${tenant.region.endpoint.region}:${tenant.region.accountId}:certificate/${randomUUID()}`;
      const https = { Port: 443, Protocol: 'HTTPS' as const, Certificates: [{ CertificateArn }] };
      await failing(scratch.listener(loadBalancer, https), invalid('certificate-arn'));
      const TargetGroupArn = arnOf(tenant, `targetgroup/nowhere/${UNKNOWN}`);
      const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
      await failing(scratch.listener(loadBalancer, { DefaultActions }), isGone);
    },
  },
  {
    name: 'what is in use, or taken for the moment, is to be tried again',
    run: async (tenant) => {
      const { scratch, region } = tenant;
      const { targetGroup, listener } = await scratch.attachedGroup();
      const retry = (error: unknown) => {
        expect(error).toBeInstanceOf(Retry);
        expect(error).not.toBeInstanceOf(Throttled);
      };
      await failing(region.elb.deleteTargetGroup({ TargetGroupArn: targetGroup }), retry);
      await scratch.rule(listener, 1);
      await failing(
        scratch.rule(listener, 1, { Conditions: [{ Field: 'host-header', Values: ['x.example.com'] }] }),
        retry,
      );
    },
  },
  {
    name: 'a wrong value is Invalid',
    run: async (tenant) => {
      await failing(tenant.scratch.targetGroup({ Name: '-wrong-' }), (error) => expect(error).toBeInstanceOf(Invalid));
    },
  },
  {
    name: 'a missing right is Denied, and names the action',
    needs: ['authorization'],
    run: async ({ region }) => {
      await region.endpoint.refusing?.(async () => {
        const error = await region.elb.describeLoadBalancers({}).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(Denied);
        expect((error as Denied).action).toBe('elasticloadbalancing:DescribeLoadBalancers');
        await failing(region.ec2.describeVpcs({}), (said) => expect(said).toBeInstanceOf(Denied));
      });
      await region.elb.describeLoadBalancers({});
    },
  },
  {
    name: 'throttles are told apart, and within the budget nobody hears of them',
    needs: ['throttling'],
    run: async ({ region }) => {
      await region.endpoint.throttling?.(async () => {
        const calls = await Promise.allSettled(Array.from({ length: 10 }, () => region.elb.describeLoadBalancers({})));
        const errors = calls.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
        expect(errors.length).toBeGreaterThan(0);
        for (const error of errors) expect(error).toBeInstanceOf(Throttled);
        const budget = new Budget({ clock: realClock });
        const elb = budget.elb(region.elb);
        await Promise.all(Array.from({ length: 10 }, () => elb.describeLoadBalancers({})));
        expect(budget.calls()['DescribeLoadBalancers']).toBeGreaterThan(10);
      });
    },
  },
  {
    name: 'a stack is made in spite of throttles',
    needs: ['throttling'],
    run: async (tenant) => {
      await tenant.region.endpoint.throttling?.(async () => {
        const wanted = tenant.stack({ services: ['web', 'api'] });
        expect((await tenant.pass(wanted)).failed).toEqual([]);
      });
    },
  },
];
