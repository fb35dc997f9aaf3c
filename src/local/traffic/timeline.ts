import type { RecordedRequest } from './record.ts';
import { whole } from './window.ts';

/** Requests and failures by when they began, in steps of `stepMs` from `from` (milliseconds since 1970). */
export type Timeline = { from: number; stepMs: number; requests: number[]; failed: number[] };

const STEP_MS = 100;

export function timelineOf(requests: readonly RecordedRequest[]): Timeline {
  const { from, to } = whole(requests);
  const steps = Math.ceil((to - from) / STEP_MS);
  const timeline: Timeline = { from, stepMs: STEP_MS, requests: Array(steps).fill(0), failed: Array(steps).fill(0) };
  for (const { began, failure } of requests) {
    const step = Math.floor((began - from) / STEP_MS);
    timeline.requests[step]! += 1;
    if (failure) timeline.failed[step]! += 1;
  }
  return timeline;
}
