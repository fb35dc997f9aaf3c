import { realClock as clock } from '../../../src/runtime/clock.ts';
import type { LocalAwsSettings } from '../../../src/local/aws/settings.ts';
import { until } from '../../../src/local/until.ts';
import { type App, objectsOf } from '../apps.ts';
import type { Part, ProofCase } from '../case.ts';
import { deploy, pass, scaleTo, served, targetsIn } from '../deeds.ts';
import { playOn, rollOut, shop } from '../play.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

const other = (): App => ({ namespace: 'other', replicas: 3 });

/**
 * While no operator runs, pods of one Service give way to pods of another one on the same addresses. Once it is back nothing
 * may be answered by the wrong Service; until then the load balancer sends where nobody told it not to.
 */
async function reusedWhileAway(stage: Stage): Promise<Part[]> {
  const world = await stage.open({ cooldownSeconds: 0 });
  await deploy(world, shop());
  await world.kubectl.apply(...objectsOf({ ...other(), replicas: 0 }));
  await world.operators[0]?.kill();
  const away = stage.scale.factor > 1 ? 100 : 600;
  await scaleTo(world, 'shop', 1);
  await pass(world, 90);
  await scaleTo(world, 'other', 3);
  await pass(world, away - 90);
  await world.startOperator('operator-again');
  const began = clock.now();
  await until(
    'only live pods are registered',
    async () => (await targetsIn(world, 'shop')).filter(({ state }) => state !== 'draining').length === 1,
  );
  await pass(world, 20);
  const part = await playOn(world, shop(), {
    name: `from ${Math.round((clock.now() - began) / 1_000)} s after the start`,
    act: () => pass(world, 30),
  });
  return [part];
}

/** Pods of two Services take each other's addresses: what was registered for the one must not get the other's requests. */
export async function reuseAddress(world: ProofWorld): Promise<Part[]> {
  await deploy(world, shop());
  await deploy(world, { ...other(), replicas: 1 });
  const part = await playOn(world, shop(), {
    name: 'addresses change hands',
    act: async (mark) => {
      for (let round = 0; round < 2; round++) {
        mark('shop to 1, other to 3');
        await scaleTo(world, 'shop', 1);
        await pass(world, 80);
        await scaleTo(world, 'other', 3);
        await pass(world, 20);
        mark('other to 1, shop to 3');
        await scaleTo(world, 'other', 1);
        await pass(world, 80);
        await scaleTo(world, 'shop', 3);
        await served(world, 'shop', 3);
      }
    },
  });
  return [part];
}

/** The address of a pod that drains goes to the next one; AWS may take the registration, refuse it, or go on draining. */
async function reusedWhileDraining(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  const app = shop();
  const world = await stage.open({ cooldownSeconds: 0 });
  await deploy(world, app);
  for (const reregistration of ['accept', 'refuse', 'stay-draining'] as const) {
    await configure(world, { reregistration });
    parts.push(await playOn(world, app, { name: `AWS: ${reregistration}`, act: rollOut(world, app) }));
  }
  return parts;
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

/** A thousand pods of fifty groups deleted at once, with AWS' own rate of changing calls. */
async function thousandPods(stage: Stage): Promise<Part[]> {
  const perGroup = 20;
  const world = await stage.open({ aws: { throttling: { 'elb-register': { perSecond: 4, burst: 20 } } } });
  const apps = Array.from({ length: GROUPS }, (_, index) =>
    shop({ namespace: `shop-${index}`, replicas: perGroup, labelled: true }),
  );
  for (const app of apps) await world.kubectl.apply(...objectsOf(app).map((object) => inOneGroup(object)));
  for (const app of apps) await served(world, app.namespace, perGroup);
  const [first] = apps as [App];
  const part = await playOn(world, first, {
    name: `${GROUPS * perGroup} pods`,
    act: async (mark) => {
      mark('deleted');
      await Promise.all(apps.map(({ namespace }) => scaleTo(world, namespace, 1)));
      for (const { namespace } of apps) await served(world, namespace, 1);
    },
  });
  const missed = (
    await world.kubectl('get', 'events', '-A', '--field-selector', 'reason=DrainDeadlineMissed', '-o', 'name')
  ).trim();
  return [
    {
      ...part,
      problems: [...part.problems, ...(missed === '' ? [] : [`deadlines missed: ${missed.split('\n').length}`])],
    },
  ];
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
