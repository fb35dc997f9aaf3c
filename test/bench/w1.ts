import { realClock as clock } from '../../src/runtime/clock.ts';
import { measureCreation, measureSecondPass } from './creation.ts';
import { type Figures, percentile, rounded } from './figures.ts';
import { ingress, newEndpoints, NODES, service, slice } from './manifests.ts';
import { measurePodChanges, measureVanishing } from './pod-changes.ts';
import { neverEmpty, replaceAll, replaceOne } from './replacements.ts';
import { growTo, type Restart, restart, type Running } from './restarts.ts';
import { untilSettled } from './settle.ts';

/** Figures, and beside them what explains a figure: calls by action. */
export type Measured = { figures: Figures; calls: Record<string, Record<string, number>> };

type Bench = Running & { measured: Measured; tell: (line: string) => void };

const LATENCY_MS = 50;
const SETTLE_MS = 6_000;
const FEW = 20;
const MANY = 100;

/** Creation, pod changes, restarts and memory, one after another. */
export async function runW1(bench: Bench): Promise<void> {
  const { tell } = bench;
  tell('memory of an idle operator');
  await clock.sleep(SETTLE_MS);
  note(bench, { rssIdleMb: await bench.operator.rssMb() });
  bench.world.aws.configure({ latencyMs: LATENCY_MS });
  await warmUp(bench);
  tell(`creation and pod changes, ${LATENCY_MS} ms added to every AWS call`);
  await create(bench, '');
  await changePods(bench, { suffix: '', times: 100 });
  await replace(bench);
  bench.world.aws.configure({ latencyMs: 0 });
  tell('creation and pod changes, nothing added');
  await create(bench, '_noLatency');
  await changePods(bench, { suffix: '_noLatency', times: 25 });
  bench.world.aws.configure({ latencyMs: LATENCY_MS });
  await restartWithMany(bench);
}

function note({ measured }: Bench, figures: Figures): void {
  for (const [name, value] of Object.entries(figures))
    measured.figures[name] = typeof value === 'number' ? rounded(value) : value;
}

/** The first stack of an account pays for what all later ones share. */
async function warmUp({ world }: Bench): Promise<void> {
  await world.apply(service('warm'), slice('warm', newEndpoints(NODES.length)), ingress('warm', ['warm']));
  await untilSettled(world, 1);
}

async function create(bench: Bench, suffix: string): Promise<void> {
  const { world, measured } = bench;
  const tag = suffix.toLowerCase().replaceAll('_', '-');
  const small = await measureCreation(world, { name: `small${tag}`, services: 1, rules: 1, pods: 10 });
  const large = await measureCreation(world, { name: `large${tag}`, services: 3, rules: 5, pods: 3 });
  measured.calls[`create_1_1_1${suffix}`] = small.byAction;
  measured.calls[`create_3_1_5${suffix}`] = large.byAction;
  note(bench, { [`createToFirstRegisterMs${suffix}`]: small.firstRegisterMs });
  if (suffix !== '') return;
  const again = await measureSecondPass(world, 'small');
  measured.calls.secondPass = again.byAction;
  note(bench, { createCalls_1_1_1: small.calls, createCalls_3_1_5: large.calls, secondPassCalls: again.calls });
}

async function changePods(bench: Bench, { suffix, times }: { suffix: string; times: number }): Promise<void> {
  const { addedMs, removedMs, byAction, ...calls } = await measurePodChanges(bench.world, 'small-0', times);
  note(bench, {
    [`podAddedMsP50${suffix}`]: percentile(addedMs, 0.5),
    [`podAddedMsP99${suffix}`]: percentile(addedMs, 0.99),
    [`podRemovedMsP50${suffix}`]: percentile(removedMs, 0.5),
    [`podRemovedMsP99${suffix}`]: percentile(removedMs, 0.99),
  });
  bench.measured.calls[`podChanges${suffix}`] = byAction;
  if (suffix !== '') return;
  const vanishedMs = await measureVanishing(bench.world, 'small-0', 20);
  note(bench, {
    callsPerPodChange: calls.callsPerChange,
    healthReadsPerPodChange: calls.readsPerChange,
    podVanishedMsP50: percentile(vanishedMs, 0.5),
    podVanishedMsP99: percentile(vanishedMs, 0.99),
  });
}

async function replace(bench: Bench): Promise<void> {
  const registerBeforeDeregister = await replaceOne(bench.world, 'small-0');
  const history = await replaceAll(bench.world, 'large-0');
  note(bench, {
    registerBeforeDeregister,
    groupNeverEmpty: neverEmpty(history, 'registered'),
    groupNeverWithoutHealthy: neverEmpty(history, 'healthy'),
  });
}

async function restartWithMany(bench: Bench): Promise<void> {
  const { measured, tell } = bench;
  tell(`restart with ${FEW} load balancers`);
  const others = 5;
  await growTo(bench, { from: 0, to: FEW, others });
  const few = await restart(bench, 'new-few');
  tell(`restart with ${MANY} load balancers and ${MANY * 10} pods`);
  await growTo(bench, { from: FEW, to: MANY, others: others + 1 });
  note(bench, { rssAfterCreatesMb: await bench.operator.rssMb() });
  const many = await restart(bench, 'new-many');
  await clock.sleep(SETTLE_MS);
  note(bench, { rss1000PodsMb: await bench.operator.rssMb() });
  const atOnce = await restart(bench, 'new-at-start', 0);
  note(bench, {
    [`restartCalls_${FEW}`]: few.calls,
    [`restartCalls_${MANY}`]: many.calls,
    newIngressDuringRestartMs: many.newIngressMs,
    newIngressAtStartMs: atOnce.newIngressMs,
    startMs: many.startMs,
  });
  for (const [name, one] of Object.entries({ few, many, atOnce })) noteCalls(measured, name, one);
}

function noteCalls({ calls }: Measured, name: string, { byAction, newByAction }: Restart): void {
  calls[`restart_${name}`] = byAction;
  calls[`newIngress_${name}`] = newByAction;
}
