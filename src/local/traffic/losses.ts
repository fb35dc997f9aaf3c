import type { RequestEntry } from '../request-log.ts';
import type { RecordedRequest } from './record.ts';

/** What was lost, as clients saw it and as pods tell it. */
export type Losses = {
  failed: number;
  /** By kind; a status of 500 and above under its number. */
  failures: Record<string, number>;
  /** A few of each kind, in words. */
  examples: string[];
  /** The pod did the work and the client saw an error. */
  executedButFailed: number;
  /** The pod began the work, did not finish it, and the client saw an error. */
  begunButFailed: number;
  /** Begun by more than one pod: somebody sent it again. */
  executedTwice: number;
  /** Answered or begun by a pod that should not have got it. */
  wrongService: number;
  /** Begun by a pod that had been told to end. */
  begunWhileLeaving: number;
  /** Answered well without the pod having noted it: with more than a few the counts above say nothing. */
  unlogged: number;
};

const EXAMPLES = 3;

export function lossesOf(requests: readonly RecordedRequest[], executions: readonly RequestEntry[]): Losses {
  const failed = requests.filter(({ failure }) => failure);
  const kinds = Object.groupBy(failed, kindOf);
  return {
    failed: failed.length,
    failures: Object.fromEntries(Object.entries(kinds).map(([kind, lost = []]) => [kind, lost.length])),
    examples: Object.values(kinds).flatMap((lost = []) => lost.slice(0, EXAMPLES).map(inWords)),
    ...ofExecutions(requests, byRequest(executions)),
  };
}

const kindOf = ({ failure, status }: RecordedRequest): string =>
  failure?.kind === 'status' ? String(status) : (failure?.kind ?? 'none');

function inWords({ began, ended, shape, target, status, pod, failure, id }: RecordedRequest): string {
  const from = pod === undefined ? '' : ` from ${pod}`;
  const said = `${failure?.kind} ${status ?? ''}${from} after ${ended - began} ms: ${failure?.error ?? ''}`;
  return `${new Date(began).toISOString()} ${shape} request ${id} to ${target}: ${said}`;
}

type Executions = Map<string, RequestEntry[]>; // by the id of the request

function byRequest(executions: readonly RequestEntry[]): Executions {
  const by: Executions = new Map();
  for (const entry of executions) {
    const known = by.get(entry.id);
    if (known) known.push(entry);
    else by.set(entry.id, [entry]);
  }
  return by;
}

function ofExecutions(requests: readonly RecordedRequest[], executions: Executions) {
  const count = (is: (request: RecordedRequest, told: RequestEntry[]) => boolean): number =>
    requests.filter((request) => is(request, executions.get(request.id) ?? [])).length;
  return {
    executedButFailed: count(({ failure }, told) => failure !== undefined && told.some(isDone)),
    begunButFailed: count(({ failure }, told) => failure !== undefined && told.length > 0 && !told.some(isDone)),
    executedTwice: count((_, told) => told.filter(({ what }) => what === 'began').length > 1),
    wrongService: count((request, told) => request.failure?.kind === 'wrong-service' || isElsewhere(request, told)),
    begunWhileLeaving: count((_, told) => told.some(({ what, leaving }) => what === 'began' && leaving)),
    unlogged: count(({ failure }, told) => !failure && !told.some(isDone)),
  };
}

const isDone = ({ what }: RequestEntry): boolean => what === 'finished';

const isElsewhere = ({ expected }: RecordedRequest, told: RequestEntry[]): boolean =>
  expected !== undefined && told.some(({ pod }) => !pod.startsWith(expected));
