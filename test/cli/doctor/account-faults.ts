import { RESOURCES } from '../../../src/kube/resources.ts';
import {
  DENIED,
  closeGate,
  condition,
  crowd,
  first,
  groupNamed,
  instances,
  makeLoadBalancer,
  makeTargetGroup,
  permit,
  refuseIngress,
  setGroups,
  third,
  untagged,
} from './changes.ts';
import type { DoctorWorld } from './doctor-world.ts';
import type { FaultSet } from './fault.ts';

/** Policy, quotas and network of the account, and objects that are not served. */
export const ACCOUNT: FaultSet = {
  name: 'the account and the objects',
  faults: [
    ...DENIED.map((action) => ({
      reason: 'ActionDenied' as const,
      object: action,
      message: /^is denied, by (simulation|a dry run|a call about nothing): .*\bstatement \w+ of the policy$/,
      inject: (world: DoctorWorld) => permit(world, (one) => !DENIED.includes(one)),
    })),
    {
      reason: 'ActionDenied',
      object: 'ec2:CreateSecurityGroup',
      message: /statement CreateInVpc of the policy$/,
    },
    {
      reason: 'QuotaFull',
      object: 'the account',
      message: /^target-groups: 0 of 0 in use$/,
      inject: ({ aws }) => aws.aws.configure({ quotas: { 'target-groups': 0 } }),
    },
    {
      reason: 'QuotaNearlyFull',
      object: 'TargetGroup shop/web',
      message: /^targets-per-target-group: 900 of 1000 in use$/,
      inject: async (world) => {
        await makeTargetGroup(world);
        await world.setStatus(RESOURCES.targetGroup, { namespace: 'shop', name: 'web' }, { registered: 900 });
      },
    },
    {
      reason: 'TargetGroupNotReady',
      object: 'TargetGroup shop/web',
      message: /^NoHealthyTarget: none is healthy$/,
    },
    {
      reason: 'NoSubnets',
      object: /^VPC vpc-\w+, internet-facing$/,
      message: /^wanted subnets in 2 zones at least; found none$/,
      inject: (world) => untagged(world, 'kubernetes.io/role/elb'),
    },
    {
      reason: 'AmbiguousSecurityGroup',
      object: `Node ${first}`,
      message: /^has sg-\w+, sg-\w+, of which none carries the tag of the cluster$/,
      inject: (world) => {
        const nodes = groupNamed(world, 'nodes');
        if (nodes !== undefined) nodes.tags = {};
        setGroups(world, instances[0], ['nodes', 'default']);
      },
    },
    {
      reason: 'NoSecurityGroup',
      object: `Node ${third}`,
      message: /^its network interface has no security group$/,
      inject: (world) => setGroups(world, instances[2], []),
    },
    {
      reason: 'SecurityGroupCrowded',
      object: /^security group sg-\w+$/,
      message: /^has 55 rules for inbound traffic; 60 is the usual quota$/,
      inject: crowd,
    },
    {
      reason: 'IngressRefused',
      object: 'Ingress shop/bad',
      message: /^InvalidHost: host: no$/,
      inject: refuseIngress,
    },
    {
      reason: 'LoadBalancerNotReady',
      object: 'LoadBalancer slow',
      message: /^Throttled: later$/,
      inject: (world) => makeLoadBalancer(world, 'slow', { conditions: [condition('Throttled', 'later')] }),
    },
    {
      reason: 'GateClosed',
      object: 'Pod shop/web-1',
      message: /^TargetUnhealthy: its health checks fail$/,
      inject: closeGate,
    },
  ],
};
