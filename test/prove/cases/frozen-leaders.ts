import type { HistoryLine } from '../../../src/local/aws/history.ts';
import { until } from '../../../src/local/until.ts';
import { realClock as clock } from '../../../src/runtime/clock.ts';
import type { Part } from '../case.ts';
import { changesIn, lateChanges } from '../changes.ts';
import { deploy, firstDeletion, noneLeaving, pass } from '../deeds.ts';
import { leaderOf, leaseOf } from '../leader.ts';
import type { Mark } from '../load.ts';
import { playOn, rollOut, shop, withProblems } from '../play.ts';
import { watchPods } from '../pod-lives.ts';
import { milliseconds } from '../scale.ts';
import type { Stage } from '../stage.ts';
import { wrongMoves } from '../target-moves.ts';
import type { ProofWorld } from '../world.ts';

/** From the beginning of its last renewal, a leader may act that long. */
const RENEW_DEADLINE = 7;

/**
 * A leader whose process stands still in the middle of a rollout, for longer than its lease: another takes over, and it
 * changes nothing when it wakes, and ends. No target is deregistered but those of pods that leave, and none twice.
 */
async function freezeLeader(world: ProofWorld, name: string, wait: (mark: Mark) => Promise<unknown>): Promise<Part> {
  const former = leaderOf(world);
  const [began, pods] = [clock.now(), watchPods(world, 'shop')];
  let ended = 0;
  const act = rollOut(world, shop(), async (mark) => {
    await firstDeletion(world, 'shop');
    former.pause();
    ended = clock.now() + milliseconds(world.scale, RENEW_DEADLINE);
    mark('leader frozen');
    await wait(mark);
    former.resume();
    mark('it goes on');
    await until('the end of the former leader', async () => !former.running());
    mark('it ends');
  });
  const part = await playOn(world, shop(), { name, act }).finally(() => pods.stop());
  const history = await world.aws.control<HistoryLine[]>('targets/history');
  const late = lateChanges(await changesIn(world), { operator: former.name, ended });
  return withProblems(part, [...late, ...wrongMoves(history, pods.lives(), began)]);
}

export async function freezeForLong(stage: Stage): Promise<Part[]> {
  const world = await stage.open({ operators: 2 });
  await deploy(world, shop());
  return [await freezeLeader(world, '15 s', () => pass(world, 15))];
}

/** It wakes in the very moment when another takes the lease, and when that one has led for 5 s. */
export async function wakeLeader(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  const world = await stage.open();
  await deploy(world, shop());
  for (const forSeconds of [0, 5]) {
    await world.startOperator(`operator-for-${forSeconds}`);
    const before = await holderOf(world);
    const wait = async (mark: Mark): Promise<void> => {
      await until('another leader', async () => (await holderOf(world)) !== before);
      mark('another leads');
      await pass(world, forSeconds);
    };
    await noneLeaving(world, 'shop');
    parts.push(await freezeLeader(world, `wakes ${forSeconds} s after another leads`, wait));
  }
  return parts;
}

const holderOf = async (world: ProofWorld): Promise<string> => (await leaseOf(world)).holderIdentity ?? '';
