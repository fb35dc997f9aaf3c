import type { Ec2Api, ElbApi } from '../../../src/aws/api.ts';
import { LocalAws } from '../../../src/local/aws/aws.ts';
import { localEc2Api, localElbApi } from '../../../src/local/aws/in-memory.ts';
import type { LocalAwsSettings } from '../../../src/local/aws/settings.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';

export type World = { clock: VirtualClock; aws: LocalAws; elb: ElbApi; ec2: Ec2Api };

/** Local AWS in memory, in virtual time. */
export function createWorld(settings: Partial<LocalAwsSettings> = {}): World {
  const clock = new VirtualClock();
  const aws = new LocalAws({ clock, settings });
  return { clock, aws, elb: localElbApi(aws), ec2: localEc2Api(aws) };
}

/** Subnets of local AWS by role: one per zone, in the order of the zones. */
export function subnetsOf(aws: LocalAws, kind: 'public' | 'private'): string[] {
  const all = [...aws.state.subnets.values()];
  return all.filter((subnet) => subnet.mapPublicIpOnLaunch === (kind === 'public')).map((subnet) => subnet.id);
}

export async function createLoadBalancer({ aws, elb }: World, name = 'web'): Promise<string> {
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: name, Subnets: subnetsOf(aws, 'public') });
  return LoadBalancers?.[0]?.LoadBalancerArn ?? '';
}

export async function createTargetGroup(
  { aws, elb }: World,
  options: { name?: string; type?: 'ip' | 'instance' } = {},
): Promise<string> {
  const { TargetGroups } = await elb.createTargetGroup({
    Name: options.name ?? 'pods',
    Protocol: 'HTTP',
    Port: 8080,
    VpcId: aws.settings.vpcId,
    TargetType: options.type ?? 'ip',
  });
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

export async function createListener(
  { elb }: World,
  of: { loadBalancer: string; targetGroup: string; port?: number },
): Promise<string> {
  const { Listeners } = await elb.createListener({
    LoadBalancerArn: of.loadBalancer,
    Protocol: 'HTTP',
    Port: of.port ?? 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: of.targetGroup }],
  });
  return Listeners?.[0]?.ListenerArn ?? '';
}

/** A load balancer with a listener on port 80 that forwards to a group of ip targets. */
export async function createStack(
  world: World,
): Promise<{ loadBalancer: string; targetGroup: string; listener: string }> {
  const loadBalancer = await createLoadBalancer(world);
  const targetGroup = await createTargetGroup(world);
  const listener = await createListener(world, { loadBalancer, targetGroup });
  return { loadBalancer, targetGroup, listener };
}

/** `<state>` or `<state> <reason>` of each listed target, by `<id>:<port>`. */
export async function healthOf({ elb }: World, targetGroup: string): Promise<Record<string, string>> {
  const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn: targetGroup });
  const lines = TargetHealthDescriptions.map(({ Target, TargetHealth }) => {
    const said = [TargetHealth?.State, TargetHealth?.Reason].filter(Boolean).join(' ');
    return [`${Target?.Id}:${Target?.Port}`, said] as const;
  });
  return Object.fromEntries(lines);
}

/** The wire code of the error a call ends with; the answer itself where it does not fail. */
export async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (answer) => answer,
    (error: { Code?: string }) => error.Code,
  );
}
