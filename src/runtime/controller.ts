import { Retry } from '../errors.ts';
import type { Clock } from './clock.ts';
import { Pass, runPass } from './pass.ts';
import { type Failure, type Outcome, WorkQueue, type WorkQueueOptions } from './workqueue.ts';

/** Brings what belongs to one key to its wanted state. `signal` aborts when the pass has used up its time. */
type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>;

export type ControllerOptions = Omit<WorkQueueOptions, 'reconcile'> & {
  /** In messages: `load-balancers`. */
  name: string;
  reconcile: Reconcile;
  /** Time limit of one pass. */
  limitMs?: number;
  /** Told of a pass that is over it. */
  onTimeout?: () => void;
};

const LIMIT_MS = 120_000;

/**
 * A queue whose passes have a time limit. A pass over it sees its signal abort and is reported at once, but its key stays
 * taken until the pass really ends: two passes on one key at the same time are worse than a late one.
 */
export function startController(options: ControllerOptions): WorkQueue {
  const { reconcile, limitMs = LIMIT_MS } = options;
  return new WorkQueue({
    ...options,
    around: (key, run) => runPass(new Pass(options.name, key), run),
    reconcile: (key) =>
      withLimit(options.clock, { limitMs, onLimit: overdue(options, key) }, (signal) => reconcile(key, signal)),
  });
}

function overdue({ name, limitMs = LIMIT_MS, onError, onTimeout }: ControllerOptions, key: string): () => Retry {
  return () => {
    onTimeout?.();
    const error = new Retry(`${name} ${key}: the pass takes longer than ${limitMs / 1_000} s`);
    const failure: Failure = { key, error, failures: 0 };
    onError?.(failure);
    return error;
  };
}

async function withLimit(
  clock: Clock,
  limit: { limitMs: number; onLimit: () => Retry },
  run: (signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const abort = new AbortController();
  const timer = clock.after(limit.limitMs, () => abort.abort(limit.onLimit()));
  try {
    return await run(abort.signal);
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    timer.cancel();
  }
}
