import { type App, delayed, HEALTH_CHECK, templateOf } from '../apps.ts';
import { DRAIN, PRE_STOP } from '../budget.ts';
import type { Bound, Part, ProofCase } from '../case.ts';
import { deploy, type isRolledOut, noneLeaving, restart, served } from '../deeds.ts';
import { ALB_LAG } from '../lags.ts';
import { LONGEST, outlasting, RATE } from '../load.ts';
import { lineAsksFor } from '../nlb.ts';
import { play, playOn, rollOut, shop } from '../play.ts';
import { seconds } from '../scale.ts';
import type { Stage } from '../stage.ts';
import { until } from '../../../src/local/until.ts';

const PROXY = {
  name: 'proxy',
  image: 'envoyproxy/envoy:v1',
  ports: [{ name: 'admin', containerPort: 15_000 }],
};
const SIDECAR = { ...PROXY, restartPolicy: 'Always' };

/** Containers beside the app: what ends first must not be what the requests go through. */
async function besideTheApp(stage: Stage): Promise<Part[]> {
  const short = Math.ceil(seconds(stage.scale, 5));
  const exec = { lifecycle: { preStop: { exec: { command: ['sh', '-c', `sleep ${short}`] } } } };
  const apps: { name: string; app: App; bounded?: true }[] = [
    { name: 'second container without preStop', app: shop({ beside: [PROXY] }) },
    { name: 'native sidecar', app: shop({ pod: { spec: { initContainers: [SIDECAR] } } }) },
    { name: 'own exec sleep 5', app: shop({ container: exec }), bounded: true },
  ];
  const parts: Part[] = [];
  for (const { name, app, bounded } of apps) {
    const world = await stage.open();
    const bound = {
      failed: Math.ceil((3 * (DRAIN.detect + ALB_LAG.max) * RATE) / 3 / stage.scale.factor),
      formula: `3 pods × (${DRAIN.detect} s + lag ${ALB_LAG.max} s) × ${RATE}/s × 1/3`,
    };
    const act = rollOut(world, app);
    parts.push(await play(world, app, { name, act, ...(bounded && { bound }) }));
  }
  return parts;
}

/** The last request may reach a pod so long before its SIGTERM: a node of the load balancer learns at the end of its lag what was said at D2. */
const LEFT = DRAIN.propagation + DRAIN.margin - ALB_LAG.max;

/** How an app takes SIGTERM makes no difference to what is sent then, for nobody sends to it any more; what is under way it must finish itself, or be given the time. */
async function exits(stage: Stage): Promise<Part[]> {
  const cut = outlasting(LEFT);
  const bound = {
    failed: Math.ceil(cut.failed / stage.scale.factor),
    formula: `3 pods × (${cut.formula}) × 1/3: what lasts longer than the ${LEFT} s between the last request and SIGTERM`,
  };
  return [
    await exitBy(stage, 'exit', { name: 'exits at once on SIGTERM', bound }),
    await exitWithMargin(stage),
    await exitBy(stage, 'ignore', { name: 'ignores SIGTERM' }),
    await exitBy(stage, 'drain', { name: 'closes idle connections at once' }),
  ];
}

async function exitBy(stage: Stage, way: string, part: { name: string; bound?: Bound }): Promise<Part> {
  const world = await stage.open();
  const app = shop({ env: { ON_SIGTERM: way } });
  return play(world, app, { ...part, act: rollOut(world, app) });
}

/** Pods of the first generation sleep for what was asked before anybody asked for more: those that follow are measured. */
async function exitWithMargin(stage: Stage): Promise<Part> {
  const { scale } = stage;
  const world = await stage.open();
  const margin = String(seconds(scale, DRAIN.margin + LONGEST));
  const app = shop({ env: { ON_SIGTERM: 'exit' }, ingress: { 'podwire.dev/drain-margin-seconds': margin } });
  await deploy(world, app);
  await lineAsksFor(world, app.namespace, Math.floor(seconds(scale, PRE_STOP + LONGEST)));
  await restart(world, app.namespace);
  await noneLeaving(world, app.namespace);
  await served(world, app.namespace, app.replicas);
  const name = 'the same, with a margin as long as the longest request';
  return playOn(world, app, { name, act: rollOut(world, app) });
}

/** Requests of 20 s at the moment of the deletion; then with a deregistration delay that is shorter than they are. */
async function uploads(stage: Stage): Promise<Part[]> {
  const cut = shop({ ingress: delayed(seconds(stage.scale, 10)) });
  const underWay = outlasting(0);
  const bound = {
    failed: Math.ceil(underWay.failed / stage.scale.factor),
    formula: `3 pods × (${underWay.formula}) × 1/3: what is under way at a node that learns after the delay of 10 s`,
  };
  const first = await stage.open();
  const whole = await play(first, shop(), { name: 'delay of 60 s', act: rollOut(first, shop()) });
  const second = await stage.open();
  return [whole, await play(second, cut, { name: 'delay of 10 s', bound, act: rollOut(second, cut) })];
}

type Kind = 'StatefulSet' | 'DaemonSet';

const workload = (app: App, kind: Kind, spec: object) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace: app.namespace },
  spec: { selector: { matchLabels: { app: 'web' } }, template: templateOf(app), ...spec },
});

async function otherWorkloads(stage: Stage): Promise<Part[]> {
  const stateful = { serviceName: 'web', replicas: 3, podManagementPolicy: 'Parallel' };
  const daemon = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
  return [
    await restartOf(stage, 'StatefulSet', stateful),
    await restartOf(stage, 'DaemonSet', daemon),
    await recreate(stage),
  ];
}

async function restartOf(stage: Stage, kind: Kind, spec: object): Promise<Part> {
  const world = await stage.open();
  const app = shop();
  const { objectsOf } = await import('../apps.ts');
  const others = objectsOf(app).filter((object) => (object as { kind: string }).kind !== 'Deployment');
  await world.kubectl.apply(...others, workload(app, kind, spec));
  await served(world, 'shop', 3);
  const act = async (mark: (text: string) => void): Promise<void> => {
    mark('restart');
    await world.kubectl('rollout', 'restart', '-n', 'shop', `${kind.toLowerCase()}/web`);
    await until(
      'new pods',
      async () =>
        (
          await world
            .kubectl('rollout', 'status', '-n', 'shop', `${kind.toLowerCase()}/web`, '--timeout=50s')
            .catch(() => '')
        ).includes('complete') || (await isUpdated(world, kind)),
      1_200_000,
    );
    mark('rolled out');
  };
  return playOn(world, app, { name: kind, act });
}

async function isUpdated(world: Parameters<typeof isRolledOut>[0], kind: Kind): Promise<boolean> {
  type Status = {
    updatedReplicas?: number;
    updatedNumberScheduled?: number;
    readyReplicas?: number;
    numberReady?: number;
  };
  const { status } = await world.kubectl.json<{ status: Status }>('get', '-n', 'shop', `${kind.toLowerCase()}/web`);
  const updated = status.updatedReplicas ?? status.updatedNumberScheduled ?? 0;
  return updated === 3 && (status.readyReplicas ?? status.numberReady ?? 0) === 3;
}

/** The new pods start only when the old ones have ended: nobody answers from the end of the sleep until they are healthy. */
async function recreate(stage: Stage): Promise<Part> {
  const world = await stage.open();
  const app = shop({ strategy: { type: 'Recreate' } });
  const [grace, start, lag] = [30, 5, ALB_LAG.max]; // of which only the lag and what lies before SIGTERM are scaled
  const bound = {
    failed: Math.ceil((grace + start + HEALTH_CHECK + seconds(stage.scale, lag + 23)) * RATE),
    formula: `(from D2 to SIGTERM 23 s + app's grace ${grace} s + start ${start} s + health check ${HEALTH_CHECK} s + lag ${lag} s) × ${RATE}/s`,
  };
  return play(world, app, { name: 'Recreate', bound, act: rollOut(world, app) });
}

export const CONTAINERS: ProofCase[] = [
  { case: 25, name: 'second container, native sidecar, own exec sleep 5', control: 'no sleep', run: besideTheApp },
  { case: 26, name: 'exits at once, ignores SIGTERM, closes idle connections', control: 'no sleep', run: exits },
  { case: 27, name: 'requests of 20 s; deregistration delay shorter than them', control: 'no sleep', run: uploads },
  { case: 31, name: 'StatefulSet, DaemonSet, Recreate', control: 'no sleep', run: otherWorkloads },
];
