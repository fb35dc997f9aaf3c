import type { RequestEntry } from '../request-log.ts';
import { lossesOf, type Losses } from './losses.ts';
import type { RecordedRequest } from './record.ts';
import { timelineOf, type Timeline } from './timeline.ts';
import { longestBurst, longestGap, touches, type Window, whole } from './window.ts';

/** What clients saw of a load, and what pods say they did for it. */
export type LoadRecord = { requests: RecordedRequest[]; executions: RequestEntry[] };

/** What the requests came to that were under way within the windows. */
export type Account = Losses & {
  requests: number;
  /** Longest time within one window without a successful answer. */
  longestGapMs: number;
  /** Longest run of failures each less than a second after the one before, from the first to the last. */
  longestErrorWindowMs: number;
  /** Milliseconds until short requests were answered. */
  latency: Percentiles;
  /** Milliseconds by which requests were sent later than they were due: the load generator's own part. */
  late: Percentiles;
  /** Of the whole load, whatever the windows. */
  timeline: Timeline;
};

type Percentiles = { p50Ms: number; p99Ms: number; maxMs: number };

/** Counts the requests of which any part fell within a window; without windows all of them. */
export function accountOf(record: LoadRecord, windows?: readonly Window[]): Account {
  const within = windows ?? [whole(record.requests)];
  const requests = record.requests.filter((request) => within.some((window) => touches(window, request)));
  const failedAt = requests.filter(({ failure }) => failure).map(({ ended }) => ended);
  const answeredAt = requests.filter(({ failure }) => !failure).map(({ ended }) => ended);
  const short = requests.filter(({ shape, failure }) => shape === 'short' && !failure);
  return {
    requests: requests.length,
    ...lossesOf(requests, record.executions),
    longestGapMs: Math.max(0, ...within.map((window) => longestGap(window, answeredAt))),
    longestErrorWindowMs: longestBurst(failedAt),
    latency: percentiles(short.map(({ began, ended }) => ended - began)),
    late: percentiles(requests.map(({ lateMs }) => lateMs)),
    timeline: timelineOf(record.requests),
  };
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
