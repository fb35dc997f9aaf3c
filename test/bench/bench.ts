import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { watchEventLoop } from '../../src/runtime/watchdog.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { printTable } from './table.ts';
import { type Measured, runW1 } from './w1.ts';
import { openWorld } from './world.ts';

const WORKLOADS = { w1: runW1 };
const USAGE = `usage: npm run bench -- ${Object.keys(WORKLOADS).join('|')} [--report FILE]`;

const { values, positionals } = parseArgs({ options: { report: { type: 'string' } }, allowPositionals: true });
const [name = ''] = positionals;
if (positionals.length !== 1 || !(name in WORKLOADS)) {
  console.error(`wanted one workload, given ${JSON.stringify(positionals.join(' '))}\n${USAGE}`);
  process.exit(2);
}
const tell = (line: string): void => console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`);
tell('building the bundle');
execFileSync(process.execPath, [shippedFile('scripts', 'build.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
const report = await run(WORKLOADS[name as keyof typeof WORKLOADS]);
console.log(printTable(report.figures));
if (report.environment.inconclusive)
  console.log(`inconclusive: the bench itself stood still: ${JSON.stringify(report.stalls)}`);
if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report, null, 2)}\n`);
process.exit(report.environment.inconclusive ? 1 : 0);

async function run(workload: (typeof WORKLOADS)['w1']) {
  const began = clock.monotonic();
  const measured: Measured = { figures: {}, calls: {} };
  const world = await openWorld(tell);
  const running = { world, operator: await world.startOperator() };
  const watchdog = watchEventLoop(clock);
  const bench = Object.assign(running, { measured, tell });
  try {
    await workload(bench);
  } finally {
    watchdog.stop();
    await bench.operator.stop();
    await world.close();
  }
  const stalls = watchdog.stalls();
  const environment = {
    workload: name,
    apiServer: world.apiServer,
    cores: availableParallelism(),
    system: `${type()} ${release()}`,
    node: process.version,
    seconds: Math.round((clock.monotonic() - began) / 1_000),
    inconclusive: stalls.length > 0,
  };
  return { ...measured, environment, stalls };
}
