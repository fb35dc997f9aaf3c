import type { ProcessStall } from '../../src/local/stalls.ts';
import { type Account, accountOf } from '../../src/local/traffic/account.ts';
import { startRecordedLoad } from '../../src/local/traffic/recorded-load.ts';
import type { LoadTarget } from '../../src/local/traffic/request.ts';
import { USUAL_SHARES } from '../../src/local/traffic/mix.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import type { Bound, Mark as Marked, Part } from './case.ts';
import { milliseconds } from './scale.ts';
import { targetLines } from './timeline.ts';
import type { ProofWorld } from './world.ts';

export type LoadRequest = {
  name: string;
  targets: LoadTarget[];
  /** Whose pods may answer. */
  namespace: string;
  bound?: Bound;
  /** Share of requests on a connection of their own; by default half. */
  newConnectionShare?: number;
  /** Requests that this part must have, in real time. */
  atLeast?: number;
};

/** Notes that something happens now. */
export type Mark = (text: string) => void;

/** Requests per second. */
export const RATE = 500;
/** Of these so many are long and so many streams, the longest ones of each lasting so many seconds of real AWS. */
const LONG = { rate: RATE * USUAL_SHARES.long, longest: 20 };
const STREAMS = { rate: RATE * USUAL_SHARES.stream, longest: 30 };

/** Seconds that the longest request lasts. */
export const LONGEST = STREAMS.longest;

/** At most so many of the requests under way at one moment go on for more than `left` seconds: what is cut then. */
export function outlasting(left: number): Bound {
  const kinds = [LONG, STREAMS].filter(({ longest }) => longest > left);
  return {
    failed: kinds.reduce((sum, { rate, longest }) => sum + rate * (longest - left), 0),
    formula: kinds.map(({ rate, longest }) => `${rate}/s × (${longest} − ${left}) s`).join(' + '),
  };
}

/** Load before and after what is done, in seconds of real AWS. */
const BEFORE = 10;
const AFTER = 60;

let loads = 0;

/** Sends a steady mix of requests from ten seconds before something is done until a minute after it, none of them twice. */
export async function underLoad(
  world: ProofWorld,
  request: LoadRequest,
  act: (mark: Mark) => Promise<unknown>,
): Promise<Part> {
  const { scale, dir, options } = world;
  const targets = request.targets.map((target) => ({ ...target, expectBackend: `${request.namespace}/` }));
  const { newConnectionShare = 0.5 } = request;
  const sent = { targets, rate: RATE, factor: scale.factor, newConnectionShare };
  const load = await startRecordedLoad({ name: `requests-${++loads}`, ...sent }, dir);
  const marks: { at: number; text: string }[] = [];
  await clock.sleep(milliseconds(scale, BEFORE));
  const broken = await act((text) => void marks.push({ at: clock.now(), text })).then(
    () => [],
    (error: unknown) => [String(error)],
  );
  await clock.sleep(milliseconds(scale, options.loadAfterSeconds ?? AFTER));
  const record = await load.stop();
  const account = accountOf(record);
  const doubts = [...record.stalled.map(sayStall), ...sayHowSlow(account)];
  const { from, ...steps } = account.timeline;
  const since = ({ at, text }: { at: number; text: string }): Marked => ({ atMs: at - from, text });
  return {
    ...partOf(request, account),
    problems: [...broken, ...tooFew(request, record.requests.length, scale.factor)],
    inconclusive: record.inconclusive || doubts.length > 0,
    doubts,
    timeline: { ...steps, marks: marks.map(since), targets: await targetLines(world, from) },
  };
}

const sayStall = ({ process, ms, time }: ProcessStall): string => `${process} stood still for ${ms} ms at ${time}`;

/** A tenth of a second for what takes 20 ms, or a second late: what times out then shows how slow the machine is. */
const sayHowSlow = ({ latency, late }: Account): string[] => [
  ...(latency.p50Ms > 100 ? [`half of the short requests took more than ${latency.p50Ms} ms`] : []),
  ...(late.p99Ms > 1_000 ? [`one in a hundred requests was sent ${late.p99Ms} ms late`] : []),
];

type Counts = Omit<Part, 'problems' | 'inconclusive' | 'doubts' | 'timeline'>;

function partOf({ name, bound }: LoadRequest, account: Account): Counts {
  const { requests, failed, failures, examples, longestGapMs, executedButFailed, wrongService, latency, late } =
    account;
  return {
    name,
    requests,
    failed,
    failures,
    examples,
    longestGapMs,
    executedButFailed,
    wrongService,
    latency,
    late,
    ...(bound && { bound }),
  };
}

function tooFew({ atLeast = 0 }: LoadRequest, requests: number, factor: number): string[] {
  const wanted = Math.floor(atLeast / factor);
  return requests < wanted ? [`${requests} requests, at least ${wanted} are wanted`] : [];
}
