import type { LocalAwsSettings } from '../../../src/local/aws/settings.ts';
import { until } from '../../../src/local/until.ts';
import { podsOf } from '../../../src/local/world.ts';
import { realClock as clock } from '../../../src/runtime/clock.ts';
import { type App, delayed, deploymentOf, objectsOf } from '../apps.ts';
import type { Part, ProofCase } from '../case.ts';
import { deploy, healthy, noneLeaving, pass, restart, scaleTo, served, targetsIn } from '../deeds.ts';
import { ALB_LAG } from '../lags.ts';
import { playOn, shop, withProblems } from '../play.ts';
import { milliseconds, seconds } from '../scale.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

const other = (): App => ({ namespace: 'other', replicas: 3 });

const reusedWhileAway = async (stage: Stage): Promise<Part[]> =>
  reuseWhileAway(await stage.open({ cooldownSeconds: 0 }));

/**
 * While no operator runs, pods of one Service give way to pods of another one on the same addresses: the load balancer sends
 * them what is not theirs, since nobody told it. Measured from when the operator is back and every node has learned of it.
 */
export async function reuseWhileAway(world: ProofWorld, loadSeconds = 60): Promise<Part[]> {
  await deploy(world, shop());
  await world.kubectl.apply(...objectsOf({ ...other(), replicas: 0 }));
  await world.operators[0]?.kill();
  const back = clock.monotonic() + milliseconds(world.scale, world.scale.factor > 1 ? 120 : 600);
  await scaleTo(world, 'shop', 1);
  await podsLeft(world, 1);
  await scaleTo(world, 'other', 3);
  await clock.sleep(back - clock.monotonic());
  await world.startOperator('operator-again');
  await pass(world, 10 + ALB_LAG.max);
  return [await playOn(world, shop(), { name: 'since the operator is back', act: () => pass(world, loadSeconds) })];
}

/** Resolves when the addresses of all others are free. */
const podsLeft = (world: ProofWorld, count: number): Promise<boolean> =>
  until(`${count} pods`, async () => (await podsOf(world, 'shop')).length === count, 600_000);

/** Outlives the pod by far, so that the next ones meet its address while it drains. Seconds of real AWS. */
const LONG_DELAY = 100;

/** The address of a pod that drains goes to the next one; AWS may take the registration, refuse it, or go on draining. */
async function reusedWhileDraining(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  const world = await stage.open({ cooldownSeconds: 0 });
  const app = shop({ ingress: delayed(seconds(world.scale, LONG_DELAY)) });
  await deploy(world, app);
  for (const reregistration of ['accept', 'refuse', 'stay-draining'] as const) {
    await configure(world, { reregistration });
    parts.push(await restartTwice(world, app, `AWS: ${reregistration}`));
  }
  return parts;
}

/** The second time on the addresses that the first one has left. */
async function restartTwice(world: ProofWorld, app: App, name: string): Promise<Part> {
  const problems: string[] = [];
  const part = await playOn(world, app, {
    name,
    act: async (mark) => {
      mark('restart');
      await restart(world, 'shop');
      await noneLeaving(world, 'shop');
      const draining = (await targetsIn(world, 'shop')).filter(({ state }) => state === 'draining').map(({ id }) => id);
      mark('restart on addresses that drain');
      await restart(world, 'shop');
      mark('rolled out');
      const met = (await podsOf(world, 'shop')).filter(({ ip }) => draining.includes(ip));
      if (met.length === 0) problems.push('no pod got an address that was draining');
    },
  });
  return withProblems(part, problems);
}

async function configure({ aws }: ProofWorld, settings: Partial<LocalAwsSettings>): Promise<void> {
  await fetch(`${aws.url}/_podwire/settings`, { method: 'PATCH', body: JSON.stringify(settings) });
}

/** The last pod behind a rule of a security group drains: the rule must outlive it. */
async function lastBehindRule(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const app = shop({
    replicas: 1,
    pod: { spec: { nodeSelector: { 'topology.kubernetes.io/zone': world.running.nodes[0]?.zone ?? '' } } },
  });
  await deploy(world, app);
  const part = await playOn(world, app, {
    name: 'moves to another node',
    act: async (mark) => {
      const zone = world.running.nodes[1]?.zone ?? '';
      const spec = { template: { spec: { nodeSelector: { 'topology.kubernetes.io/zone': zone } } } };
      mark('to another node');
      await world.kubectl('patch', 'deployment', '-n', 'shop', 'web', '-p', JSON.stringify({ spec }));
      await served(world, 'shop', 1);
    },
  });
  return [part];
}

const GROUPS = 50;

/** Wants more addresses than the subnets have: pods have theirs from ranges of their nodes, which load balancers reach all the same. */
const FAR = { pod: { annotations: { 'local.podwire.dev/address-pool': 'overlay' } } };
/** Probes of a thousand pods every second would be what is measured. */
const CALM = {
  container: { readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 } },
  ingress: { 'alb.ingress.kubernetes.io/healthcheck-interval-seconds': '30' },
};

/** A thousand pods of fifty groups deleted at once, with AWS' own rate of changing calls. */
async function thousandPods(stage: Stage): Promise<Part[]> {
  const perGroup = 20;
  const world = await stage.open({
    nodes: 5,
    flags: ['--routable-cidrs', '100.64.0.0/10'],
    aws: { throttling: { 'elb-register': { perSecond: 4, burst: 20 } } },
  });
  const apps = Array.from({ length: GROUPS }, (_, index) =>
    shop({ namespace: `shop-${index}`, replicas: perGroup, ...FAR, ...CALM }),
  );
  for (const app of apps) await world.kubectl.apply(...objectsOf(app).map((object) => inOneGroup(object)));
  for (const { namespace } of apps) await healthy(world, namespace, perGroup);
  const [first] = apps as [App];
  await served(world, first.namespace, perGroup);
  const part = await playOn(world, first, {
    name: `${GROUPS * perGroup} pods`,
    act: async (mark) => {
      mark('deleted');
      await world.kubectl.apply(...apps.map((app) => deploymentOf({ ...app, replicas: 1 })));
      for (const { namespace } of apps) await healthy(world, namespace, 1);
    },
  });
  const missed = (
    await world.kubectl('get', 'events', '-A', '--field-selector', 'reason=DrainDeadlineMissed', '-o', 'name')
  ).trim();
  return [withProblems(part, missed === '' ? [] : [`deadlines missed: ${missed.split('\n').length}`])];
}

/** One load balancer for all: fifty of them would be too many for a small machine. */
function inOneGroup(object: object): object {
  const { kind, metadata, spec } = object as { kind: string; metadata: { annotations?: object }; spec: object };
  if (kind === 'IngressClass') return { ...object, metadata: { ...metadata, name: 'all' } };
  if (kind !== 'Ingress') return object;
  const annotations = { ...metadata.annotations, 'alb.ingress.kubernetes.io/group.name': 'all' };
  return { ...object, metadata: { ...metadata, annotations }, spec: { ...spec, ingressClassName: 'all' } };
}

export const ADDRESSES: ProofCase[] = [
  {
    case: 9,
    name: 'operator away for 10 min, addresses go to another Service',
    control: 'no UID check',
    run: reusedWhileAway,
  },
  {
    case: 10,
    name: 'an address is used again while it drains',
    control: 'no UID check',
    short: true,
    run: reusedWhileDraining,
  },
  { case: 28, name: 'the last pod behind a security group rule leaves', control: 'no sleep', run: lastBehindRule },
  { case: 32, name: '1,000 pods of 50 groups deleted at once', control: 'no sleep', run: thousandPods },
];
