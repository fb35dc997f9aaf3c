import { HEALTH_CHECK } from '../apps.ts';
import type { Part, ProofCase } from '../case.ts';
import { deploy, firstDeletion, noneLeaving, pass, restart, served } from '../deeds.ts';
import { leaderOf } from '../leader.ts';
import { ALB_LAG } from '../lags.ts';
import { type Mark, RATE } from '../load.ts';
import { play, playOn, rollOut, shop } from '../play.ts';
import { preStopOf } from '../budget.ts';
import { seconds } from '../scale.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';
import { freezeForLong, wakeLeader } from './frozen-leaders.ts';
import { skewClock } from './clocks.ts';

async function killAfterDeletion(world: ProofWorld, mark: Mark, afterSeconds: number): Promise<void> {
  await firstDeletion(world, 'shop');
  await pass(world, afterSeconds);
  await leaderOf(world).kill();
  mark('leader killed');
}

/** At D2 the failover budget is spent already: as long as nobody leads, the last pod's target gets requests that nobody answers. */
async function killLeader(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  const world = await stage.open({ operators: 2 });
  await deploy(world, shop());
  for (const [name, afterSeconds] of [
    ['at the first DELETE', 0],
    ['at D1', 2],
  ] as const) {
    const act = rollOut(world, shop(), (mark) => killAfterDeletion(world, mark, afterSeconds));
    parts.push(await playOn(world, shop(), { name, act }));
    await world.startOperator(`operator-${name.replaceAll(' ', '-')}`);
  }
  return [...parts, await killAtLastMoment(world)];
}

const LEASE = 12;

async function killAtLastMoment(world: ProofWorld): Promise<Part> {
  // A replacement that takes longer than the budget: the only pod is held until D2.
  const app = shop({ replicas: 1, env: { START_DELAY_MS: String(seconds(world.scale, 60) * 1_000) } });
  const atD2 = preStopOf(world) - seconds(world.scale, 20 + 3);
  const gap = seconds(world.scale, 60 + ALB_LAG.max + LEASE + HEALTH_CHECK);
  const bound = {
    failed: Math.ceil(gap * RATE),
    formula: `(start 60 s + propagation ${ALB_LAG.max} s + lease ${LEASE} s + health check ${HEALTH_CHECK} s) × ${RATE}/s`,
  };
  await deploy(world, app);
  return playOn(world, app, {
    name: 'at D2',
    bound,
    act: async (mark) => {
      const [pod] = await served(world, 'shop', 1);
      mark('evicted');
      await world.kubectl('delete', 'pod', '-n', 'shop', pod?.name ?? '', '--wait=false');
      await killAfterDeletion(world, mark, atD2 * world.scale.factor);
      await noneLeaving(world, 'shop');
      await served(world, 'shop', 1);
    },
  });
}

async function killAll(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const part = await play(world, shop(), {
    name: 'rollout with no operator',
    act: async (mark) => {
      await leaderOf(world).kill();
      mark('operator killed');
      await world.kubectl('rollout', 'restart', '-n', 'shop', 'deployment/web');
      await pass(world, 60);
      await world.startOperator('operator-again');
      mark('operator started');
      await restart(world, 'shop');
    },
  });
  return [part];
}

/** The chart's rolling update of the operator itself: the new one starts, then the old one is told to stop. */
async function upgrade(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  await deploy(world, shop());
  const act = rollOut(world, shop(), async (mark) => {
    await firstDeletion(world, 'shop');
    await world.startOperator('operator-next');
    await leaderOf(world).stop(20_000);
    mark('operator replaced');
  });
  return [await playOn(world, shop(), { name: 'upgrade in mid-rollout', act })];
}

async function apiServerOutage(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const act = rollOut(world, shop(), async (mark) => {
    await firstDeletion(world, 'shop');
    await world.controlPlane.killApiServer();
    mark('API server killed');
    await pass(world, 30);
    await world.controlPlane.restartApiServer();
    mark('API server back');
  });
  return [await play(world, shop(), { name: '30 s between DELETE and watch event', act })];
}

export const OPERATORS: ProofCase[] = [
  {
    case: 3,
    name: 'leader killed at the first DELETE, at D1, at D2',
    control: 'no sleep',
    short: true,
    run: killLeader,
  },
  { case: 4, name: 'event loop of the leader blocked for 15 s', control: 'no sleep', run: freezeForLong },
  { case: 5, name: 'two leaders for a moment', control: 'no sleep', run: wakeLeader },
  { case: 8, name: 'no operator at all during a rollout', control: 'no gate', run: killAll },
  { case: 33, name: 'API server away for 30 s after a DELETE', control: 'no sleep', short: true, run: apiServerOutage },
  { case: 34, name: 'clocks 60 s apart', control: 'no sleep', run: skewClock },
  { case: 36, name: "upgrade of the operator (the peer's gates: not yet)", control: 'no sleep', run: upgrade },
];
