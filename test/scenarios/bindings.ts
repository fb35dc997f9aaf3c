import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { service, slice } from './manifests.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

export const CLAIM = 'podwire.dev/claim';
export const PEER = 'elbv2.k8s.aws/resources';

type Group = { Name: string; Protocol?: string; TargetType?: string; VpcId?: string };

/** A target group made by hand. Returns its ARN. */
export async function targetGroup(
  world: World,
  { Name, Protocol = 'HTTP', TargetType = 'ip', VpcId }: Group,
): Promise<string> {
  const elb = localElbApi(world.aws);
  const made = await elb.createTargetGroup({
    Name,
    Protocol: Protocol as never,
    Port: 80,
    VpcId: VpcId ?? world.aws.settings.vpcId,
    TargetType: TargetType as never,
  });
  return made.TargetGroups?.[0]?.TargetGroupArn ?? '';
}

/** An ALB with one listener that forwards to the group, as somebody made it by hand. Returns its security group. */
export async function loadBalancer(world: World, TargetGroupArn: string): Promise<string> {
  const [elb, ec2] = [localElbApi(world.aws), localEc2Api(world.aws)];
  const zones = new Map([...world.aws.state.subnets.values()].map(({ id, zone }) => [zone, id]));
  const { vpcId: VpcId } = world.aws.settings;
  const { GroupId = '' } = await ec2.createSecurityGroup({ GroupName: 'front', Description: 'by hand', VpcId });
  const made = await elb.createLoadBalancer({
    Name: 'by-hand',
    Subnets: [...zones.values()],
    SecurityGroups: [GroupId],
    Scheme: 'internal',
  });
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  await elb.createListener({ LoadBalancerArn, Port: 80, Protocol: 'HTTP', DefaultActions });
  return GroupId;
}

/** Ready pods that nobody deleted, of one image where it is named. */
export async function readyPods(world: World, image = ''): Promise<KubeObject[]> {
  type Shape = {
    spec: { containers: { image: string }[] };
    status: { conditions?: { type: string; status: string }[] };
  };
  const all = await world.kube.list(RESOURCES.pod, { namespace: 'shop' });
  return all.filter((pod) => {
    const { spec, status } = pod as unknown as Shape;
    const ready = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
    return ready && pod.metadata.deletionTimestamp === undefined && spec.containers[0]?.image.startsWith(image);
  });
}

type BindingOptions = { name?: string; spec: object; claim?: string; finalizers?: string[] };

export const binding = ({ name = 'web', spec, claim, finalizers }: BindingOptions): object => ({
  apiVersion: 'elbv2.k8s.aws/v1beta1',
  kind: 'TargetGroupBinding',
  metadata: {
    name,
    namespace: 'shop',
    ...(claim !== undefined && { annotations: { [CLAIM]: claim } }),
    ...(finalizers && { finalizers }),
  },
  spec,
});

export const serviceRef = { name: 'web', port: 80 };

/** Two endpoints of a Service `web`, an operator, and a target group nobody serves yet. */
export async function openShop(
  options: WorldOptions & { group?: Partial<Group> } = {},
): Promise<{ world: World; arn: string }> {
  const world = await openWorld(options);
  await world.apply(service({ name: 'web' }), slice({ service: 'web', addresses: ['10.0.1.1', '10.0.2.1'] }));
  const arn = await targetGroup(world, { Name: 'by-hand', ...options.group });
  await world.start();
  return { world, arn };
}

export const registered = (world: World, arn: string): string[] =>
  [...(world.aws.state.targetGroups.get(arn)?.targets.values() ?? [])]
    .filter(({ state }) => state !== 'draining')
    .map(({ id, port }) => `${id}:${port}`)
    .toSorted();

export const BOTH = ['10.0.1.1:8080', '10.0.2.1:8080'];

export const bindingOf = (world: World, name = 'web'): Promise<KubeObject | undefined> =>
  world.kube.get(RESOURCES.targetGroupBinding, { namespace: 'shop', name });

export const objectOf = (world: World, name = 'web'): Promise<KubeObject | undefined> =>
  world.kube.get(RESOURCES.targetGroup, { namespace: 'shop', name: `binding.${name}` });

/** What Podwire says of a TargetGroupBinding in its own word. */
export const told = async (world: World, name = 'web'): Promise<string[]> =>
  (await world.conditions(RESOURCES.targetGroupBinding, name, 'shop')).filter((line) =>
    line.startsWith('podwire.dev/'),
  );

/** Calls that change the target group itself. */
export const changes = (world: World): string[] =>
  world.life.calls.filter((action) => /TargetGroup/.test(action) && !action.startsWith('describe'));
