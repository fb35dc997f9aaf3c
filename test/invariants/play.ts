import { watchLosses } from '../scenarios/losses.ts';
import { doDeed, type Later } from './deeds.ts';
import { objectOf } from './groups.ts';
import { watchAccess } from './rules/access.ts';
import { checkRefusals, watchAdmission } from './rules/admission.ts';
import { awaitConvergence } from './rules/convergence.ts';
import { watchDeadlines } from './rules/deadline.ts';
import { watchDeregistrations } from './rules/deregistration.ts';
import { watchGates } from './rules/gates.ts';
import type { Schedule } from './schedule.ts';
import { Scene, type Violation } from './scene.ts';
import { type Flaws, openStage, type Stage } from './stage.ts';
import { plantFlaw, tamper } from './plants.ts';

export type Outcome = { violations: Violation[]; trace: string[]; asked: number; virtualMs: number; scene: Scene };

const WARM_LIMIT_MS = 180_000;

/** Plays a schedule from its beginning to the calm after it, and tells which rules were broken. */
export async function play(schedule: Schedule, flaws: Flaws = {}): Promise<Outcome> {
  const stage = await openStage(schedule, flaws);
  const scene = new Scene(stage);
  stage.watchElb = (elb) => scene.calls.watch(elb, (action, input) => tamper(stage, action, input));
  for (const watch of [watchDeregistrations, watchGates, watchDeadlines, watchAccess, watchAdmission]) watch(scene);
  const traffic = watchLosses(stage.world, { everyMs: 500, belongs: belonging(stage) });
  await warmUp(stage);
  const { losses } = traffic;
  losses.lost.length = losses.strangers.length = 0;
  scene.begin();
  await perform(scene);
  // Where something was made wrong and is found, nobody waits for the rest.
  if (Object.keys(flaws).length === 0 || scene.violations.length === 0) await awaitConvergence(scene);
  checkRefusals(scene);
  if (schedule.calm) for (const what of firstOf(losses)) scene.report('lost', what);
  await close(scene, traffic.stop);
  return {
    violations: scene.violations,
    trace: scene.trace,
    asked: losses.asked,
    virtualMs: scene.now,
    scene,
  };
}

/** What was lost first tells the most. */
const firstOf = ({ lost, strangers }: { lost: string[]; strangers: string[] }): string[] => [
  ...(lost[0] === undefined ? [] : [`${lost[0]} (and ${lost.length - 1} more)`]),
  ...(strangers[0] === undefined ? [] : [`answered by a stranger: ${strangers[0]}`]),
];

const belonging =
  ({ world }: Stage) =>
  ({ pod }: { pod: string }, arn: string): boolean =>
    pod.startsWith(`${objectOf(world, arn)?.spec.service.name}-`);

/** Until every pod is a healthy target and every node knows. */
async function warmUp(stage: Stage): Promise<void> {
  const { world, schedule } = stage;
  await stage.prepare();
  for (let n = 0; n < schedule.operators; n++) await stage.startOperator();
  const wanted = schedule.shops.reduce((sum, { replicas }) => sum + replicas, 0);
  const healthy = (): number =>
    [...world.aws.state.targetGroups.values()]
      .flatMap(({ targets }) => [...targets.values()])
      .filter(({ state }) => state === 'healthy').length;
  await world.clock.runUntil(() => healthy() === wanted, WARM_LIMIT_MS);
  await world.advance(schedule.lagMs.max + 1_000);
}

type Moment = { at: number; text: string; run: () => Promise<Later | void> };

/** Carries out the events, and what follows from them, each at its time. */
async function perform(scene: Scene): Promise<void> {
  const { stage } = scene;
  const begun = scene.now;
  const agenda: Moment[] = stage.schedule.events.map(({ at, ...deed }) => ({
    at,
    text: JSON.stringify(deed),
    run: () => doDeed(deed, stage),
  }));
  agenda.push(...plantFlaw(scene));
  for (;;) {
    const next = agenda.toSorted((a, b) => a.at - b.at)[0];
    if (next === undefined) return;
    agenda.splice(agenda.indexOf(next), 1);
    await stage.world.advance(Math.max(0, next.at - (scene.now - begun)));
    scene.note(next.text);
    const later = await next.run();
    if (later === undefined) continue;
    agenda.push({ at: scene.now - begun + later.afterMs, text: `after ${next.text}`, run: later.run });
  }
}

async function close(scene: Scene, stopTraffic: () => Promise<void>): Promise<void> {
  scene.close();
  while (scene.stage.crashOperator());
  await stopTraffic();
  await scene.stage.world.kubelet?.close();
}
