import { expect } from 'vitest';
import type { PhaseReport } from '../../src/local/traffic/phase.ts';
import type { LoadTarget } from '../../src/local/traffic/request.ts';
import { type Load, startLoad, type WatchedReport } from '../../src/local/traffic/traffic.ts';
import type { OperatorWorld } from './operator-world.ts';

export type Measurement = {
  name: string;
  targets: LoadTarget[];
  /** Brings everything to where `during` begins; a second measurement begins with it again. */
  before?: () => Promise<unknown>;
  during: () => Promise<unknown>;
};

/** What became of the requests; `lost` are sentences, `pods` those that answered. */
export type Measured = { requests: number; lost: string[]; pods: string[] };

/** Where the processes log whose stalls spoil a measurement, and who signs certificates. */
type Watched = { aws: Pick<OperatorWorld['aws'], 'authority'>; dir: string };

/** Requests per second. */
const RATE = 60;
const TIMEOUT_MS = 5_000;

/** Steady load while something happens. What was measured while a process stalled proves nothing: it is measured once more, then given up. */
export async function measure(world: Watched, measurement: Measurement): Promise<Measured> {
  const report = (await measureOnce(world, measurement)) ?? (await measureOnce(world, measurement));
  if (report === undefined)
    throw new Error(`${measurement.name}: inconclusive, this machine stalled in two measurements`);
  return report;
}

async function measureOnce({ aws, dir }: Watched, measurement: Measurement): Promise<Measured | undefined> {
  const { name, targets, before, during } = measurement;
  await before?.();
  const options = { targets, rate: RATE, timeoutMs: TIMEOUT_MS, ca: aws.authority, phase: name };
  const report = await stoppedAfter(await startLoad(options, dir), during);
  const [phase] = report.phases;
  if (phase === undefined) throw new Error(`${name}: no report of the load`);
  console.log(lineOf(phase, report));
  if (report.inconclusive) return undefined;
  return { requests: phase.requests, lost: lossesOf(phase), pods: Object.keys(phase.backends).toSorted() };
}

async function stoppedAfter(load: Load, during: () => Promise<unknown>): Promise<WatchedReport> {
  try {
    await during();
  } catch (error) {
    await load.stop();
    throw error;
  }
  return load.stop();
}

function lineOf(
  { name, requests, failed, longestGapMs }: PhaseReport,
  { inconclusive, stalled }: WatchedReport,
): string {
  const who = stalled.map(({ process, ms }) => `${process} stood still for ${ms} ms`).join(', ');
  const doubt = inconclusive ? `; inconclusive: ${who}` : '';
  return `${name}: ${requests} requests, ${failed} lost, longest gap ${longestGapMs} ms${doubt}`;
}

const lossesOf = ({ failures }: PhaseReport): string[] =>
  Object.entries(failures).flatMap(([kind, { count, examples }]) => [
    `${count} ${kind}`,
    ...examples.map(({ time, target, error, status }) => `${time} ${target}: ${status ?? ''} ${error}`),
  ]);

/** Fails on the first lost request, and on a measurement that has hardly any. */
export function nothingLost({ requests, lost }: Measured): void {
  expect(lost).toEqual([]);
  expect(requests).toBeGreaterThan(300);
}
