import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { ControlName } from '../../src/settings/controls.ts';
import { play } from './play.ts';
import { type Kind, type Schedule, scheduleOf } from './schedule.ts';
import type { Violation } from './scene.ts';
import { shrink } from './shrink.ts';
import type { Flaws, Plant } from './stage.ts';

/** What one seed came to. `error`: the schedule itself could not be played. */
type Result = { seed: number; violations: Violation[]; virtualMs: number; asked: number; error?: string };
type Share = { seeds: number[]; flaws: Flaws };

const USAGE = `npm run invariants -- [--count N] [--seed S] [--workers N] [--control NAME] [--plant NAME] [--no-shrink] [--trace]
Plays N schedules from seed S on (1 000 from 1), each from its seed alone. With --seed and no --count: that one, with its events.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string' },
      seed: { type: 'string' },
      workers: { type: 'string' },
      control: { type: 'string', multiple: true },
      plant: { type: 'string' },
      'no-shrink': { type: 'boolean' },
      trace: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return print(USAGE);
  const flaws = {
    ...(values.control && { controls: values.control as ControlName[] }),
    ...(values.plant && { plant: values.plant as Plant }),
  };
  const first = Number(values.seed ?? 1);
  const count = Number(values.count ?? (values.seed === undefined ? 1_000 : 1));
  if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) return print(USAGE) + 1;
  if (count === 1) return replay(first, flaws, values.trace === true);
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  const workers = Number(values.workers ?? Math.min(2, availableParallelism()));
  return playAll(seeds, { flaws, workers, shrinks: values['no-shrink'] !== true });
}

function print(line: string): 0 {
  console.log(line);
  return 0;
}

async function replay(seed: number, flaws: Flaws, whole: boolean): Promise<number> {
  const schedule = scheduleOf(seed);
  printSchedule(schedule);
  const { violations, trace } = await play(schedule, flaws);
  if (whole || violations.length > 0) for (const line of trace) print(`  ${line}`);
  for (const one of violations) print(textOf(one));
  print(
    violations.length === 0 ? `seed ${seed}: every invariant holds` : `seed ${seed}: ${violations.length} violations`,
  );
  return violations.length === 0 ? 0 : 1;
}

function printSchedule({ events, ...rest }: Schedule): void {
  print(JSON.stringify(rest));
  for (const { at, ...deed } of events) print(`  ${at} ${JSON.stringify(deed)}`);
}

const textOf = ({ rule, at, what }: Violation): string => `  ${rule} at ${at}: ${what}`;

type Run = { flaws: Flaws; workers: number; shrinks: boolean };

async function playAll(seeds: number[], { flaws, workers, shrinks }: Run): Promise<number> {
  const begun = performance.now();
  const shares = Array.from({ length: workers }, (_, worker) =>
    seeds.filter((_seed, index) => index % workers === worker),
  );
  const results = (await Promise.all(shares.map((share) => playShare({ seeds: share, flaws })))).flat();
  const failed = results.filter(hasFailed);
  for (const result of failed.toSorted((a, b) => a.seed - b.seed)) await tellFailure(result, flaws, shrinks);
  printCounts(seeds.map((seed) => scheduleOf(seed)));
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const hours = Math.round(results.reduce((sum, { virtualMs }) => sum + virtualMs, 0) / 3_600_000);
  const asked = results.reduce((sum, one) => sum + one.asked, 0);
  print(
    `${results.length} schedules in ${seconds} s (${hours} h of virtual time, ${asked} choices of nodes looked at): ${failed.length} failed`,
  );
  return failed.length === 0 && results.length === seeds.length ? 0 : 1;
}

const hasFailed = ({ violations, error }: Result): boolean => violations.length > 0 || error !== undefined;

function playShare(share: Share): Promise<Result[]> {
  const results: Result[] = [];
  const worker = new Worker(new URL(import.meta.url), { workerData: share });
  worker.on('message', (result: Result) => {
    results.push(result);
    if (hasFailed(result)) print(`seed ${result.seed} fails`); // all of it follows at the end, which may be hours away
  });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve(results));
  });
}

async function work({ seeds, flaws }: Share): Promise<void> {
  for (const seed of seeds) {
    const result = await play(scheduleOf(seed), flaws).then(
      ({ violations, virtualMs, asked }): Result => ({ seed, violations, virtualMs, asked }),
      (error: unknown): Result => ({
        seed,
        violations: [],
        virtualMs: 0,
        asked: 0,
        error: (error as Error).stack ?? String(error),
      }),
    );
    parentPort?.postMessage(result);
  }
}

/** How many failures are cut down to fewer events: each takes as long as a dozen schedules. */
let toShrink = 5;

async function tellFailure({ seed, violations, error }: Result, flaws: Flaws, shrinks: boolean): Promise<void> {
  print(`\nseed ${seed}${error === undefined ? '' : `: ${error}`}`);
  for (const one of violations) print(textOf(one));
  if (error !== undefined || !shrinks || toShrink-- <= 0) return printSchedule(scheduleOf(seed));
  print(' fails with no more than this:');
  printSchedule(await shrink(scheduleOf(seed), flaws));
}

/** How many schedules have which kind of event. */
function printCounts(schedules: Schedule[]): void {
  const kinds = schedules.flatMap(({ events }) => [...new Set(events.map(({ kind }) => kind))]);
  const counts = Map.groupBy(kinds, (kind: Kind) => kind);
  const calm = schedules.filter((one) => one.calm).length;
  print(`\n${calm} within the budget, ${schedules.length - calm} beyond; schedules by kind of event:`);
  print(
    [...counts]
      .map(([kind, all]) => `${kind} ${all.length}`)
      .toSorted()
      .join(', '),
  );
}

if (isMainThread) process.exitCode = await main();
else await work(workerData as Share);
