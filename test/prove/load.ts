import { join } from 'node:path';
import { readRequests, requestLogIn } from '../../src/local/request-log.ts';
import { USUAL_SHARES } from '../../src/local/traffic/mix.ts';
import { readRecord, type RecordedRequest } from '../../src/local/traffic/record.ts';
import type { LoadTarget } from '../../src/local/traffic/request.ts';
import { startLoad } from '../../src/local/traffic/traffic.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import type { Bound, Mark as Marked, Part } from './case.ts';
import { milliseconds, type Scale } from './scale.ts';
import { timelineOf } from './timeline.ts';
import type { ProofWorld } from './world.ts';

export type LoadRequest = {
  name: string;
  targets: LoadTarget[];
  /** Whose pods may answer. */
  namespace: string;
  bound?: Bound;
  /** Requests that this part must have, in real time. */
  atLeast?: number;
};

/** Notes that something happens now. */
export type Mark = (text: string) => void;

/** Requests per second. */
export const RATE = 500;
/** How long a client waits for a sign of life, in any scale. */
const TIMEOUT_MS = 15_000;
/** Load before and after what is done, in seconds of real AWS. */
const BEFORE = 10;
const AFTER = 60;
const EXAMPLES = 8;

let loads = 0;

/** Sends a steady mix of requests from ten seconds before something is done until a minute after it, none of them twice. */
export async function underLoad(
  world: ProofWorld,
  request: LoadRequest,
  act: (mark: Mark) => Promise<unknown>,
): Promise<Part> {
  const { scale, dir } = world;
  const record = join(dir, `requests-${++loads}.jsonl`);
  const began = clock.now();
  const load = await startLoad({ ...optionsOf(scale, request), record }, dir);
  const marks: Marked[] = [];
  const mark: Mark = (text) => void marks.push({ atMs: clock.now() - began, text });
  await clock.sleep(milliseconds(scale, BEFORE));
  const broken = await act(mark).then(
    () => [],
    (error: unknown) => [String(error)],
  );
  await clock.sleep(milliseconds(scale, AFTER));
  const { inconclusive } = await load.stop();
  const requests = await readRecord(record);
  const measured = await measure({ world, request, requests });
  const timeline = await timelineOf(world, { began, requests, marks, namespace: request.namespace });
  return { ...measured, problems: [...broken, ...measured.problems], inconclusive, timeline };
}

function optionsOf(scale: Scale, { targets, namespace }: LoadRequest) {
  return {
    targets: targets.map((target) => ({ ...target, expectStatus: 200, expectBackend: `${namespace}/` })),
    rate: RATE,
    mix: { shares: USUAL_SHARES, factor: scale.factor },
    timeoutMs: TIMEOUT_MS,
    timeoutOf: 'silence' as const,
    backend: { header: 'x-pod' },
    connections: 64,
  };
}

type Measuring = { world: ProofWorld; request: LoadRequest; requests: RecordedRequest[] };

async function measure({ world, request, requests }: Measuring): Promise<Omit<Part, 'timeline' | 'inconclusive'>> {
  const { name, bound, atLeast = 0 } = request;
  const failed = requests.filter(({ failure }) => failure !== undefined);
  const wanted = Math.floor(atLeast / world.scale.factor);
  const few = requests.length < wanted ? [`${requests.length} requests, at least ${wanted} are wanted`] : [];
  return {
    name,
    requests: requests.length,
    failed: failed.length,
    longestGapMs: longestGapOf(requests),
    failures: countsOf(failed),
    examples: failed.slice(0, EXAMPLES).map(lineOf),
    executedButFailed: await executed(world, failed),
    ...(bound && { bound }),
    problems: few,
  };
}

/** The longest time between two successful answers. */
function longestGapOf(requests: RecordedRequest[]): number {
  const ends = requests.filter(({ failure }) => failure === undefined).map(({ ended }) => ended);
  const sorted = ends.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((end, index) => end - (sorted[index - 1] ?? end)));
}

function countsOf(failed: RecordedRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { failure, status, shape } of failed) {
    const kind = `${failure?.kind ?? ''}${status === undefined ? '' : ` ${status}`} ${shape}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const lineOf = ({ began, target, shape, status, pod, failure }: RecordedRequest): string =>
  `${new Date(began).toISOString()} ${target} ${shape} ${status ?? ''} ${pod ?? ''}: ${failure?.kind} ${failure?.error}`;

/** Failed requests that a pod had finished nonetheless: what a client must not repeat. */
async function executed({ dir }: ProofWorld, failed: RecordedRequest[]): Promise<number> {
  const log = await readRequests(requestLogIn(dir));
  const finished = new Set(log.filter(({ what }) => what === 'finished').map(({ id }) => id));
  return failed.filter(({ id }) => finished.has(id)).length;
}
