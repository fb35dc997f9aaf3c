import { GATE } from '../../../src/api/pod.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { conditionOf, KINDS, type Pod } from '../../../src/local/cluster/objects.ts';
import { SETTINGS } from '../../../src/local/aws/settings.ts';
import { until } from '../../../src/local/until.ts';
import { addressOf, targetsOf } from '../../../src/local/world.ts';
import { type App, deploymentOf, serviceOf } from '../apps.ts';
import { apisOf } from '../aws-apis.ts';
import type { Part } from '../case.ts';
import { deploy, nodesOf, podsReady } from '../deeds.ts';
import { underLoad } from '../load.ts';
import { playOn, rollOut, shop, withProblems } from '../play.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

/** Targets whose health AWS never checks: their gate opens for the pod's sake, and says why. */
export async function neverChecked(stage: Stage): Promise<Part[]> {
  return [await groupInNoListener(await stage.open()), await zoneNotEnabled(await stage.open())];
}

/** Two target groups made by hand that no listener uses: one has the pods of `web` as well, the other one has pods of its own. */
async function groupInNoListener(world: ProofWorld): Promise<Part> {
  const app = shop();
  await deploy(world, app);
  const idle = { app: 'idle' };
  await world.kubectl.apply(deploymentBeside(app, 'idle', idle));
  await bindSpare(world, { name: 'spare', selector: { app: 'web' }, pods: app.replicas });
  await bindSpare(world, { name: 'idle', selector: idle, pods: 1 });
  const part = await playOn(world, app, {
    name: 'group in no listener',
    act: rollOut(world, app, () => restartBeside(world, 'idle')),
  });
  const problems = [
    ...(await wrongGates(world, { app: 'web' }, { reason: 'TargetHealthy', says: 'shop/binding.spare is not in use' })),
    ...(await wrongGates(world, idle, { reason: 'NotInUse', says: 'shop/binding.idle is not in use' })),
    ...(await uncheckedGroups(world)),
  ];
  return withProblems(part, problems);
}

/** Pods in all three zones, a load balancer in two. */
async function zoneNotEnabled(world: ProofWorld): Promise<Part> {
  const [here, there, far] = await zonesOf(world);
  const pod = { labels: { place: 'near' }, spec: inZones(here.zone, there.zone) };
  const app = shop({ pod, ingress: { 'alb.ingress.kubernetes.io/subnets': `${here.subnet},${there.subnet}` } });
  await deploy(world, app);
  const labels = { app: 'web', place: 'far' };
  await world.kubectl.apply(deploymentBeside({ ...app, pod: { spec: inZones(far.zone) } }, 'far', labels));
  await podsReady(world, 'shop', app.replicas + 1);
  const targets = await nodesOf(world, 'shop', await addressOf(world, 'shop', 'web'), 2);
  const playing = { name: 'zone not enabled', targets, namespace: 'shop' };
  const act = rollOut(world, app, () => restartBeside(world, 'far'));
  const part = await underLoad(world, playing, act);
  const problems = [
    ...(await wrongGates(world, pod.labels, { reason: 'TargetHealthy', says: 'is healthy' })),
    ...(await wrongGates(world, labels, { reason: 'NotInUse', says: 'Availability Zone that is not enabled' })),
    ...(await unwarned(world, labels)),
  ];
  return withProblems(part, problems);
}

type Labels = Record<string, string>;

/** One such pod more, in another Deployment with labels of its own. */
function deploymentBeside(app: App, name: string, labels: Labels): object {
  const { metadata, spec, ...kind } = deploymentOf({ ...app, replicas: 1, pod: { ...app.pod, labels } });
  return { ...kind, metadata: { ...metadata, name }, spec: { ...spec, selector: { matchLabels: labels } } };
}

async function restartBeside({ kubectl }: ProofWorld, name: string): Promise<void> {
  await kubectl('rollout', 'restart', '-n', 'shop', `deployment/${name}`);
  await kubectl.slowly('rollout', 'status', '-n', 'shop', `deployment/${name}`, '--timeout=20m');
}

type Spare = { name: string; selector: Labels; pods: number };

/** Binds a new target group to a new Service, and resolves when it has as many targets as the Service has pods. */
async function bindSpare(world: ProofWorld, { name, selector, pods }: Spare): Promise<void> {
  const group = { Name: name, Protocol: 'HTTP', Port: 80, VpcId: SETTINGS.vpcId.value, TargetType: 'ip' } as const;
  const { TargetGroups } = await apisOf(world).elb.createTargetGroup(group);
  const app = shop({ service: { selector } });
  await world.kubectl.apply(
    { ...serviceOf(app), metadata: { name, namespace: 'shop' } },
    {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      metadata: { name, namespace: 'shop', annotations: { 'podwire.dev/claim': 'true' } },
      spec: { serviceRef: { name, port: 80 }, targetGroupARN: TargetGroups?.[0]?.TargetGroupArn, targetType: 'ip' },
    },
  );
  await until(`targets of ${name}`, async () => (await targetsOf(world)).get(name)?.length === pods, 120_000);
}

type Zone = { zone: string; subnet: string };

/** The zones of the nodes, each with its public subnet. */
async function zonesOf(world: ProofWorld): Promise<[Zone, Zone, Zone]> {
  const Filters = [{ Name: 'tag:kubernetes.io/role/elb', Values: ['1'] }];
  const { Subnets = [] } = await apisOf(world).ec2.describeSubnets({ Filters });
  return Subnets.map(({ AvailabilityZone: zone, SubnetId: subnet }) => ({ zone, subnet })) as [Zone, Zone, Zone];
}

const inZones = (...values: string[]) => {
  const matchExpressions = [{ key: 'topology.kubernetes.io/zone', operator: 'In', values }];
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } };
  return { affinity: { nodeAffinity: required } };
};

async function podsWith({ kube }: ProofWorld, labels: Labels): Promise<KubeObject[]> {
  const all = await kube.list(KINDS.pod, { namespace: 'shop' });
  const staying = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return staying.filter(({ metadata }) => Object.entries(labels).every(([key, is]) => metadata.labels?.[key] === is));
}

/** Pods whose gate is not open, or for another reason. */
async function wrongGates(world: ProofWorld, of: Labels, wanted: { reason: string; says: string }): Promise<string[]> {
  const pods = await podsWith(world, of);
  const wrong = pods.flatMap((pod) => {
    const { status, reason = '', message = '' } = conditionOf(pod as Pod, GATE) ?? {};
    const isRight = status === 'True' && reason === wanted.reason && message.includes(wanted.says);
    const told = `${reason}: ${message}`;
    return isRight ? [] : [`the gate of ${pod.metadata.name} is ${status ?? 'not there'} (${told})`];
  });
  return pods.length > 0 ? wrong : [`no pod has the labels ${JSON.stringify(of)}`];
}

/** Pods that no Event warns of. */
async function unwarned(world: ProofWorld, of: Labels): Promise<string[]> {
  type Events = { items: { reason: string; involvedObject: { uid: string } }[] };
  const { items } = await world.kubectl.json<Events>('get', 'events', '-n', 'shop');
  const warned = items.filter(({ reason }) => reason === 'ZoneNotEnabled').map(({ involvedObject: { uid } }) => uid);
  const pods = await podsWith(world, of);
  return pods.flatMap(({ metadata: { name, uid } }) => (warned.includes(uid) ? [] : [`no Event warns of ${name}`]));
}

/** AWS refuses ip target groups without health checks (API reference, ModifyTargetGroup): there are none for whose sake a gate could open. */
async function uncheckedGroups(world: ProofWorld): Promise<string[]> {
  const { elb } = apisOf(world);
  const { TargetGroups = [] } = await elb.describeTargetGroups({});
  const switched = TargetGroups.map(async ({ TargetGroupArn = '', TargetGroupName = '' }) => {
    const isRefused = await elb.modifyTargetGroup({ TargetGroupArn, HealthCheckEnabled: false }).then(
      () => false,
      () => true,
    );
    return isRefused ? [] : [`the health checks of ${TargetGroupName} can be switched off, and this case does not`];
  });
  return (await Promise.all(switched)).flat();
}
