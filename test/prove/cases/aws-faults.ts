import { DRAIN, PRE_STOP } from '../budget.ts';
import type { Part, ProofCase } from '../case.ts';
import { deploy, firstDeletion, isRolledOut, pass, rolledOut } from '../deeds.ts';
import { ALB_LAG } from '../lags.ts';
import { RATE } from '../load.ts';
import { play, playOn, rollOut, shop, withProblems } from '../play.ts';
import type { Stage } from '../stage.ts';
import type { ProofWorld } from '../world.ts';

type Fault = { action: string; code: string; next?: number; when?: 'before' | 'after' | 'half'; delayMs?: number };

async function addFault({ aws }: ProofWorld, fault: Fault): Promise<void> {
  await fetch(`${aws.url}/_podwire/faults`, { method: 'POST', body: JSON.stringify(fault) });
}

const clearFaults = ({ aws }: ProofWorld): Promise<unknown> => aws.control('faults', 'DELETE');

const DEREGISTER: { name: string; fault: Omit<Fault, 'action'>; forSeconds: number }[] = [
  { name: 'throttled for 30 s', fault: { code: 'Throttling' }, forSeconds: 30 },
  { name: 'takes effect and times out', fault: { code: 'RequestTimeout', when: 'after', next: 2 }, forSeconds: 10 },
  { name: 'answers 500', fault: { code: 'InternalFailure' }, forSeconds: 10 },
  { name: 'half a batch', fault: { code: 'InternalFailure', when: 'half', next: 2 }, forSeconds: 10 },
];

/** A deregistration that comes late is what the controller's share of the budget is for: 20 s. */
async function deregisterFails(stage: Stage): Promise<Part[]> {
  const parts: Part[] = [];
  const world = await stage.open();
  await deploy(world, shop());
  for (const { name, fault, forSeconds } of DEREGISTER) {
    const act = rollOut(world, shop(), async (mark) => {
      await addFault(world, { action: 'DeregisterTargets', ...fault });
      mark('faults begin');
      await firstDeletion(world, 'shop');
      await pass(world, forSeconds);
      await clearFaults(world);
      mark('faults end');
    });
    parts.push(
      await playOn(world, shop(), { name, act, ...(forSeconds > 20 && { bound: lateBound(world, forSeconds) }) }),
    );
  }
  return parts;
}

/** One of three pods ends while the slowest node still sends to it. */
function lateBound({ scale }: ProofWorld, lateSeconds: number) {
  const share = 1 / 3;
  const failed = Math.ceil(
    (Math.max(0, lateSeconds + DRAIN.detect + ALB_LAG.max - PRE_STOP) / scale.factor) * RATE * share,
  );
  return {
    failed,
    formula: `(${lateSeconds} s late + ${DRAIN.detect} s + lag ${ALB_LAG.max} s − ${PRE_STOP} s) × ${RATE}/s × 1/3`,
  };
}

async function healthUnknown(stage: Stage): Promise<Part[]> {
  const world = await stage.open();
  const problems: string[] = [];
  const part = await play(world, shop(), {
    name: 'rollout frozen, then goes on',
    act: async (mark) => {
      await addFault(world, { action: 'DescribeTargetHealth', code: 'InternalFailure' });
      mark('DescribeTargetHealth fails');
      await world.kubectl('rollout', 'restart', '-n', 'shop', 'deployment/web');
      await pass(world, stage.scale.factor > 1 ? 100 : 600);
      if (await isRolledOut(world, 'shop')) problems.push('the rollout went on without any health');
      await clearFaults(world);
      mark('DescribeTargetHealth answers');
      await rolledOut(world, 'shop');
      mark('rolled out');
    },
  });
  return [withProblems(part, problems)];
}

export const AWS_FAULTS: ProofCase[] = [
  {
    case: 6,
    name: 'DeregisterTargets throttled, timing out, failing, half done',
    control: 'no sleep',
    short: true,
    run: deregisterFails,
  },
  { case: 7, name: 'DescribeTargetHealth down for 10 min during a rollout', control: 'no gate', run: healthUnknown },
];
