import { DRAIN_LINES } from '../../src/api/pod.ts';
import { SETTINGS } from '../../src/local/aws/settings.ts';
import type { LoadTarget } from '../../src/local/traffic/request.ts';
import { until } from '../../src/local/until.ts';
import { type App, objectsOf } from './apps.ts';
import { apisOf } from './aws-apis.ts';
import { preStopOf } from './budget.ts';
import type { Part } from './case.ts';
import { nodesOf, pass, served } from './deeds.ts';
import { NLB_LAG } from './lags.ts';
import { type LoadRequest, type Mark, underLoad } from './load.ts';
import { seconds } from './scale.ts';
import type { ProofWorld } from './world.ts';

/** An address rests longer than a careful user's draining entry lives. Seconds of real AWS. */
const DEREGISTRATION_DELAY = 150;

const VpcId = SETTINGS.vpcId.value;

type ByHand = { TargetGroupArn: string; GroupId: string; dnsName: string };

/** A network load balancer in every zone with a TCP listener in front of an empty target group, as somebody makes them by hand. */
async function makeByHand(world: ProofWorld, name: string): Promise<ByHand> {
  const GroupId = await makeSecurityGroup(world, name);
  const TargetGroupArn = await makeGroup(world, name);
  const { elb, ec2 } = apisOf(world);
  const Filters = [{ Name: 'tag:kubernetes.io/role/elb', Values: ['1'] }];
  const { Subnets = [] } = await ec2.describeSubnets({ Filters });
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: name,
    Type: 'network',
    Subnets: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []),
    SecurityGroups: [GroupId],
  });
  const { LoadBalancerArn = '', DNSName: dnsName = '' } = LoadBalancers?.[0] ?? {};
  const acrossZones = { Key: 'load_balancing.cross_zone.enabled', Value: 'true' };
  await elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [acrossZones] });
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  await elb.createListener({ LoadBalancerArn, Port: 80, Protocol: 'TCP', DefaultActions });
  return { TargetGroupArn, GroupId, dnsName };
}

async function makeSecurityGroup(world: ProofWorld, name: string): Promise<string> {
  const { ec2 } = apisOf(world);
  const { GroupId = '' } = await ec2.createSecurityGroup({ GroupName: name, Description: 'by hand', VpcId });
  const everybody = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [everybody] });
  return GroupId;
}

/** Its health checks are as fast as those of the Ingresses here. */
async function makeGroup(world: ProofWorld, Name: string): Promise<string> {
  const { elb } = apisOf(world);
  const { TargetGroups } = await elb.createTargetGroup({
    Name,
    Protocol: 'TCP',
    Port: 80,
    VpcId,
    TargetType: 'ip',
    HealthCheckProtocol: 'HTTP',
    HealthCheckPath: '/healthz',
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 2,
    HealthyThresholdCount: 2,
  });
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  const Value = String(Math.ceil(seconds(world.scale, DEREGISTRATION_DELAY)));
  await elb.modifyTargetGroupAttributes({
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value }],
  });
  return TargetGroupArn;
}

const bindingOf = (namespace: string, { TargetGroupArn, GroupId }: ByHand) => ({
  apiVersion: 'elbv2.k8s.aws/v1beta1',
  kind: 'TargetGroupBinding',
  metadata: { name: 'web', namespace, annotations: { 'podwire.dev/claim': 'true' } },
  spec: {
    serviceRef: { name: 'web', port: 80 },
    targetGroupARN: TargetGroupArn,
    targetType: 'ip',
    networking: { ingress: [{ from: [{ securityGroup: { groupID: GroupId } }], ports: [{ protocol: 'TCP' }] }] },
  },
});

const BEFORE_PODS = ['Namespace', 'Service'];
const OF_INGRESSES = ['Ingress', 'IngressClass'];

const kindOf = (object: object): string => (object as { kind: string }).kind;

/**
 * Puts objects of an app behind a network load balancer and no other, Ingresses left out, and resolves with its nodes once the pods of
 * `web` are served by them. The pods are born under the drain line that goes with it.
 */
export async function deployBehindNlb(
  world: ProofWorld,
  app: App,
  objects: readonly object[] = objectsOf(app),
): Promise<LoadTarget[]> {
  const alone = objects.filter((object) => !OF_INGRESSES.includes(kindOf(object)));
  const targets = await bindNlb(world, app, alone);
  await world.kubectl.apply(...alone);
  return targets;
}

/**
 * Makes a network load balancer for the Service of an app that has no pods yet, and claims its target group. Resolves with its nodes
 * once pods are born under its drain line.
 */
export async function bindNlb(world: ProofWorld, app: App, objects: readonly object[]): Promise<LoadTarget[]> {
  const { namespace } = app;
  const made = await makeByHand(world, `${namespace}-nlb`);
  await world.kubectl.apply(...objects.filter((object) => BEFORE_PODS.includes(kindOf(object))));
  await world.kubectl.apply(bindingOf(namespace, made));
  await lineAsksFor(world, namespace, preStopOf(world, 'network'));
  return nodesOf(world, namespace, made.dnsName);
}

/** Resolves with the sleep that the drain line of `web` asks for, once that is as long as wanted and new pods get it. Seconds. */
export async function lineAsksFor(world: ProofWorld, namespace: string, least: number): Promise<number> {
  const found = await until(`a drain line of ${least} s in ${namespace}`, async () => {
    const asked = await lineOf(world, namespace).catch(() => 0);
    return asked >= least && asked;
  });
  // The API server's own store of lines follows a little later.
  await pass(world, 15);
  return found;
}

async function lineOf({ kubectl }: ProofWorld, namespace: string): Promise<number> {
  type Lines = { data?: Record<string, string> };
  const { data } = await kubectl.json<Lines>('get', 'configmap', '-n', namespace, DRAIN_LINES);
  return Number(data?.['web']?.split(';')[1] ?? 0);
}

/** Resolves when every node of the network load balancer sends to the pods of `web`, and to no others. */
export async function servedByNlb(world: ProofWorld, app: Pick<App, 'namespace' | 'replicas'>): Promise<void> {
  await served(world, app.namespace, app.replicas);
  await pass(world, NLB_LAG.max);
}

/**
 * Sends requests to the nodes of load balancers, and does something meanwhile. Each request has a connection of its own: a network load
 * balancer chooses once for each, and what becomes of one that outlives its pod is between the client and the app.
 */
export const playBehindNlb = (
  world: ProofWorld,
  targets: LoadTarget[],
  { act, ...playing }: Omit<LoadRequest, 'targets'> & { act: (mark: Mark) => Promise<unknown> },
): Promise<Part> => underLoad(world, { ...playing, targets, newConnectionShare: 1 }, act);
