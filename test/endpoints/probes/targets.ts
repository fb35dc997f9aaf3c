import { albPage, allOf, codeOf, elbPage, expectSame, FULFILLED, type Probe } from '../probe.ts';
import { targetAddress } from '../region.ts';
import type { Scratch } from '../scratch.ts';

/** How target groups and their targets behave. */
export const TARGET_PROBES = {
  healthTransitions: {
    of: 'elbv2',
    aws: 'a new target is `initial` until its health was checked, and `unused` where no listener forwards to it',
    source: albPage('target-group-health-checks'),
    ask: async (scratch) => {
      const { targetGroup } = await scratch.attachedGroup();
      const alone = await scratch.targetGroup();
      await register(scratch, targetGroup, [8080]);
      await register(scratch, alone, [8080]);
      return allOf(
        expectSame('behind a listener', await statesOf(scratch, targetGroup), ['initial']),
        expectSame('behind none', await statesOf(scratch, alone), ['unused']),
      );
    },
  },
  draining: {
    of: 'elbv2',
    aws: 'a deregistered target is listed as `draining` for its deregistration delay',
    source: albPage('edit-target-group-attributes'),
    ask: async (scratch) => {
      const { targetGroup } = await scratch.attachedGroup();
      const Targets = await register(scratch, targetGroup, [8080]);
      await scratch.region.elb.deregisterTargets({ TargetGroupArn: targetGroup, Targets });
      return expectSame('after DeregisterTargets', await statesOf(scratch, targetGroup), ['draining']);
    },
  },
  portKeyed: {
    of: 'elbv2',
    aws: 'the same address with two ports is two targets',
    source: elbPage('TargetDescription'),
    ask: async (scratch) => {
      const targetGroup = await scratch.targetGroup();
      await register(scratch, targetGroup, [8080]);
      await register(scratch, targetGroup, [9090]);
      return expectSame('targets', (await statesOf(scratch, targetGroup)).length, 2);
    },
  },
  targetChecks: {
    of: 'elbv2',
    aws: 'an instance that does not exist is refused with InvalidTarget',
    source: elbPage('RegisterTargets'),
    ask: async (scratch) => {
      const TargetGroupArn = await scratch.targetGroup({ TargetType: 'instance' });
      const Targets = [{ Id: 'i-0123456789abcdef0', Port: 80 }];
      const call = scratch.region.elb.registerTargets({ TargetGroupArn, Targets });
      return expectSame('RegisterTargets', await codeOf(call), 'InvalidTarget');
    },
  },
  deregisterUnknown: {
    of: 'elbv2',
    aws: 'deregistering what is not registered succeeds',
    source: elbPage('DeregisterTargets'),
    ask: async (scratch) => {
      const TargetGroupArn = await scratch.targetGroup();
      const Targets = [{ Id: targetAddress(scratch.region, 9), Port: 80 }];
      const call = scratch.region.elb.deregisterTargets({ TargetGroupArn, Targets });
      return expectSame('DeregisterTargets', await codeOf(call), 'no error');
    },
  },
  longDelay: {
    of: 'elbv2',
    aws: 'a deregistration delay may be 3600 seconds',
    source: elbPage('TargetGroupAttribute'),
    ask: async (scratch) => {
      const TargetGroupArn = await scratch.targetGroup();
      const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '3600' }];
      const call = scratch.region.elb.modifyTargetGroupAttributes({ TargetGroupArn, Attributes });
      return expectSame('ModifyTargetGroupAttributes', await codeOf(call), 'no error');
    },
  },
  grpcMatcher: {
    of: 'elbv2',
    aws: 'ModifyTargetGroup changes the gRPC codes of success',
    source: elbPage('Matcher'),
    ask: async (scratch) => {
      const { elb } = scratch.region;
      const grpc = { ProtocolVersion: 'GRPC', Matcher: { GrpcCode: '0' } };
      const TargetGroupArn = await scratch.targetGroup(grpc);
      await elb.modifyTargetGroup({ TargetGroupArn, Matcher: { GrpcCode: '12' } });
      const { TargetGroups } = await elb.describeTargetGroups({ TargetGroupArns: [TargetGroupArn] });
      return expectSame('codes after the change', TargetGroups?.[0]?.Matcher?.GrpcCode, '12');
    },
  },
  releasedGroups: {
    of: 'elbv2',
    aws: 'a target group names the load balancers that use it, each once and only while they do',
    source: elbPage('TargetGroup'),
    ask: async (scratch) => {
      const { elb } = scratch.region;
      const { loadBalancer, targetGroup, listener } = await scratch.attachedGroup();
      await scratch.rule(listener, 1, { Actions: [{ Type: 'forward', TargetGroupArn: targetGroup }] });
      const users = async () => {
        const { TargetGroups } = await elb.describeTargetGroups({ TargetGroupArns: [targetGroup] });
        return TargetGroups?.[0]?.LoadBalancerArns ?? [];
      };
      const used = await users();
      await elb.deleteListener({ ListenerArn: listener });
      return allOf(
        expectSame('load balancers of a group with two actions', used.length, 1),
        used[0] === loadBalancer ? FULFILLED : 'names another load balancer',
        expectSame('load balancers after the listener is gone', (await users()).length, 0),
      );
    },
  },
  groupInUse: {
    of: 'elbv2',
    aws: 'a target group that a listener forwards to cannot be deleted: ResourceInUse',
    source: elbPage('DeleteTargetGroup'),
    ask: async (scratch) => {
      const { targetGroup } = await scratch.attachedGroup();
      const call = scratch.region.elb.deleteTargetGroup({ TargetGroupArn: targetGroup });
      return expectSame('DeleteTargetGroup', await codeOf(call), 'ResourceInUse');
    },
  },
} satisfies Record<string, Probe>;

async function register({ region }: Scratch, TargetGroupArn: string, ports: number[]) {
  const Targets = ports.map((Port) => ({ Id: targetAddress(region, 1), Port }));
  await region.elb.registerTargets({ TargetGroupArn, Targets });
  return Targets;
}

async function statesOf({ region }: Scratch, TargetGroupArn: string): Promise<(string | undefined)[]> {
  const { TargetHealthDescriptions = [] } = await region.elb.describeTargetHealth({ TargetGroupArn });
  return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State);
}
