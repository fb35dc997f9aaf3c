import { until } from '../../../src/local/until.ts';
import type { Bound, Part, ProofCase } from '../case.ts';
import { type App, HEALTH_CHECK } from '../apps.ts';
import { DRAIN, PRE_STOP, preStopOf } from '../budget.ts';
import { deploy, listPods, noneLeaving, pass, restart, served } from '../deeds.ts';
import { ALB_LAG, NLB_LAG } from '../lags.ts';
import { type Mark, outlasting, RATE } from '../load.ts';
import { play, playOn, shop } from '../play.ts';
import { deployBehindNlb, lineAsksFor, playBehindNlb, servedByNlb } from '../nlb.ts';
import { seconds } from '../scale.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

const LAG = ALB_LAG.max;

const bounded = (world: Pick<ProofWorld, 'scale'>, of: { seconds: number; share: number; formula: string }): Bound => ({
  failed: Math.ceil((of.seconds / world.scale.factor) * RATE * of.share + RATE * 0.1 * 20 * of.share),
  formula: `${of.formula} × ${RATE}/s, and what was under way`,
});

const evict = (world: ProofWorld, name: string): Promise<string> =>
  world.kubectl.raw(`/api/v1/namespaces/shop/pods/${name}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace: 'shop' },
  });

const slowStart = (world: ProofWorld, start: number) => ({
  START_DELAY_MS: String(Math.round(seconds(world.scale, start) * 1_000)),
});

const HOLD = 'podwire.dev/drain-hold-seconds';

async function onlyReplica(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  for (const start of stage.scale.factor > 1 ? [25] : [5, 25, 60]) {
    const world = await stage.open();
    const app = shop({ replicas: 1, env: slowStart(world, start) });
    await deploy(world, app);
    parts.push(await evictTheOnly(world, app, { name: `start ${start} s, hold 0`, bound: lateBound(world, start) }));
    await world.kubectl('annotate', 'service', '-n', 'shop', 'web', `${HOLD}=auto`);
    // The line grows by what was learned of the starts; a pod that is born under it has the longer sleep.
    await pass(world, 30);
    await restart(world, 'shop');
    await noneLeaving(world, 'shop');
    await served(world, 'shop', 1);
    parts.push(await evictTheOnly(world, app, { name: `start ${start} s, hold auto` }));
  }
  return stage.scale.factor > 1 ? parts : [...parts, ...(await onlyReplicaBehindNlb(stage))];
}

/** The same behind a network load balancer, whose nodes learn of the next pod as late as of the end of this one. */
async function onlyReplicaBehindNlb(stage: Stage): Promise<Part[]> {
  const start = 25;
  const world = await stage.open();
  const app = shop({ replicas: 1, env: slowStart(world, start) });
  const targets = await deployBehindNlb(world, app);
  await servedByNlb(world, app);
  const evicted = (part: { name: string; bound?: Bound }): Promise<Part> =>
    playBehindNlb(world, targets, { ...part, namespace: 'shop', act: evictOnly(world) });
  const worst = await evicted({ name: `NLB, start ${start} s, hold 0`, bound: atOnceBound(world, start) });
  await world.kubectl('annotate', 'service', '-n', 'shop', 'web', `${HOLD}=auto`);
  await lineAsksFor(world, 'shop', preStopOf(world, 'network') + 1);
  await restart(world, 'shop');
  await noneLeaving(world, 'shop');
  await servedByNlb(world, app);
  return [worst, await evicted({ name: `NLB, start ${start} s, hold auto` })];
}

/** No more than is lost by who deregisters it at once: until the last node knows the next pod, from when the first one has let go of this one. */
function atOnceBound(world: ProofWorld, start: number): Bound {
  const { min, max } = NLB_LAG;
  const seen = 5;
  return bounded(world, {
    seconds: start + seen + max - min,
    share: 1,
    formula: `(start ${start} s + detection and polls ${seen} s + lag of ${max} s − lag of ${min} s)`,
  });
}

/** The next pod is late by what its start, the lags and the health check take beyond the 45 s. */
function lateBound(world: ProofWorld, start: number): Bound {
  const whole = start + 2 * LAG + HEALTH_CHECK + 30;
  return bounded(world, {
    seconds: Math.max(0, whole - PRE_STOP),
    share: 1,
    formula: `(start ${start} s + 2 × lag ${LAG} s + health check ${HEALTH_CHECK} s + detection and polls 30 s − ${PRE_STOP} s)`,
  });
}

export const evictTheOnly = (world: ProofWorld, app: App, part: { name: string; bound?: Bound }): Promise<Part> =>
  playOn(world, app, { ...part, act: evictOnly(world) });

const evictOnly =
  (world: ProofWorld) =>
  async (mark: Mark): Promise<void> => {
    const [pod = ''] = await listPods(world, 'shop');
    await evict(world, pod);
    mark('evicted');
    await until('the next pod', async () => !(await listPods(world, 'shop')).includes(pod), 600_000);
    await served(world, 'shop', 1);
  };

const budgetOf = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
};

/** A node with two fifths of the pods is drained, with and without a budget. */
async function drainNode(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  for (const budget of [true, false]) {
    const world = await stage.open({ nodes: 2 });
    const app = shop({ replicas: 5 });
    if (budget)
      await world.kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, budgetOf);
    parts.push(
      await play(world, app, {
        name: budget ? 'with a budget' : 'without one',
        act: async (mark) => {
          const [node] = world.running.nodes;
          mark('drain');
          await world.kubectl.slowly('drain', node?.name ?? '', '--ignore-daemonsets', '--delete-emptydir-data');
          mark('drained');
          await served(world, 'shop', 5);
        },
      }),
    );
  }
  return parts;
}

const NOTICE = 120;

/** The notice of two minutes, then the node is gone. */
async function spot(stage: Stage): Promise<Part[]> {
  const app = shop({ replicas: 6 });
  const first = await stage.open();
  const alb = await play(first, app, { name: 'ALB', act: takeNode(first, app) });
  const second = await stage.open();
  const targets = await deployBehindNlb(second, app);
  await servedByNlb(second, app);
  const nlb = { name: 'NLB', namespace: app.namespace, bound: spotBound(second), act: takeNode(second, app) };
  return [alb, await playBehindNlb(second, targets, nlb)];
}

const takeNode =
  (world: ProofWorld, app: App) =>
  async (mark: Mark): Promise<void> => {
    const node = world.running.nodes[0]?.name ?? '';
    mark('notice');
    const drain = world.kubectl.slowly('drain', node, '--ignore-daemonsets', '--delete-emptydir-data').catch(String);
    await pass(world, NOTICE);
    await world.running.killNode(node);
    await world.kubectl('delete', 'node', node);
    mark('node gone');
    await drain;
    await served(world, app.namespace, app.replicas);
  };

/** Two of the six pods are cut off in the middle of their sleep: what the last node of the load balancer gave them late is under way. */
function spotBound({ scale }: Pick<ProofWorld, 'scale'>): Bound {
  const drained = 5;
  const left = NOTICE - drained - NLB_LAG.max;
  const cut = outlasting(left);
  return {
    failed: Math.ceil((cut.failed * 2) / 6 / scale.factor),
    formula: `(${cut.formula}) × 2/6, with ${left} s = notice ${NOTICE} s − eviction and detection ${drained} s − lag ${NLB_LAG.max} s`,
  };
}

/** A deletion with less grace than the sleep, then one with none: the pod is gone before the load balancer can know. */
async function cutGrace(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  for (const grace of [5, 0]) {
    const world = await stage.open();
    const given = Math.ceil(seconds(stage.scale, grace));
    const bound = bounded(world, {
      seconds: DRAIN.detect + LAG - grace + HEALTH_CHECK,
      share: 1 / 3,
      formula: `(detection ${DRAIN.detect} s + lag ${LAG} s + health check ${HEALTH_CHECK} s − grace ${grace} s) × 1/3`,
    });
    parts.push(
      await play(world, shop(), {
        name: grace === 0 ? '--force' : `--grace-period=${grace}`,
        bound,
        act: async (mark) =>
          deleteOne(world, mark, grace === 0 ? ['--force', '--grace-period=0'] : [`--grace-period=${given}`]),
      }),
    );
  }
  return parts;
}

async function deleteOne(world: ProofWorld, mark: Mark, flags: string[]): Promise<void> {
  const [pod = ''] = await listPods(world, 'shop');
  await world.kubectl('delete', 'pod', '-n', 'shop', pod, '--wait=false', ...flags);
  mark(`deleted ${flags.join(' ')}`);
  await served(world, 'shop', 3);
}

/** Somebody else deletes a second time, with less grace, in the middle of the sleep. */
async function secondDelete(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const bound = bounded(world, {
    seconds: LAG + HEALTH_CHECK,
    share: 1 / 3,
    formula: `(lag ${LAG} s + health check ${HEALTH_CHECK} s) × 1/3`,
  });
  const part = await play(world, shop(), {
    name: 'shortened to 2 s',
    bound,
    act: async (mark) => {
      const [pod = ''] = await listPods(world, 'shop');
      await world.kubectl('delete', 'pod', '-n', 'shop', pod, '--wait=false');
      mark('deleted');
      await pass(world, 5);
      await world.kubectl('delete', 'pod', '-n', 'shop', pod, '--wait=false', '--grace-period=1');
      mark('deleted again');
      await served(world, 'shop', 3);
    },
  });
  return [part];
}

/** The kubelet ends pods by itself: nothing is deleted until they are dead. */
async function byKubelet(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  for (const name of ['eviction', 'node shutdown'] as const) {
    const world = await stage.open();
    const share = name === 'eviction' ? 1 / 6 : 1 / 3;
    const bound = bounded(world, {
      seconds: DRAIN.detect + LAG + HEALTH_CHECK,
      share,
      formula: `(detection ${DRAIN.detect} s + lag ${LAG} s + health check ${HEALTH_CHECK} s) × ${name === 'eviction' ? '1/6' : '1/3'}`,
    });
    const app = shop({ replicas: 6 });
    parts.push(await play(world, app, { name, bound, act: (mark) => endByKubelet(world, name, mark) }));
  }
  return parts;
}

async function endByKubelet(world: ProofWorld, what: 'eviction' | 'node shutdown', mark: Mark): Promise<void> {
  const [pod = ''] = await listPods(world, 'shop');
  mark(what);
  if (what === 'eviction') await world.running.evict({ namespace: 'shop', name: pod });
  else await world.running.shutDownNode(world.running.nodes[0]?.name ?? '', Math.ceil(seconds(world.scale, 20)));
  await pass(world, 30);
}

export const EVICTIONS: ProofCase[] = [
  { case: 12, name: 'the only replica is evicted', control: 'no sleep', short: true, run: onlyReplica },
  { case: 13, name: 'a node with 40 % of the pods is drained', control: 'no sleep', run: drainNode },
  { case: 14, name: 'spot: two minutes, then the node is gone', control: 'no sleep', run: spot },
  { case: 15, name: 'deleted with a grace of 5 s, and by force', control: 'no sleep', run: cutGrace },
  { case: 16, name: 'a second deletion with less grace', control: 'no sleep', run: secondDelete },
  { case: 17, name: 'ended by the kubelet, and by the shutdown of a node', control: 'no sleep', run: byKubelet },
];
