import type { WatchFreshness } from '../kube/freshness.ts';
import type { Lease } from '../kube/lease.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Watchdog } from '../runtime/watchdog.ts';
import type { Checks } from './health.ts';

/** What the checks look at. */
export type CheckedParts = {
  clock: Clock;
  watchdog: Pick<Watchdog, 'stalls'>;
  lease: Pick<Lease, 'idleMs'> | undefined;
  freshness: Pick<WatchFreshness, 'ages'>;
  /** How far the clock of the API server is ahead of ours, milliseconds; undefined before its first answer. */
  aheadMs: () => number | undefined;
  /** Kinds whose first full list is still to come. */
  unsynced: () => readonly string[];
  /** What is wrong where the webhook is wanted and not served. */
  webhook: () => string | undefined;
  /** What is wrong with the AWS credentials. */
  credentials: () => Promise<string | undefined>;
  /** Aborts when the process is told to stop. */
  signal: AbortSignal;
};

const LOOK_BACK_MS = 60_000;
const MOST_STALLED_MS = 30_000;
const LEASE_IDLE_MS = 60_000;
const WATCH_IDLE_MS = 300_000;
/** AWS refuses signatures that are older, or younger (Signature Version 4). */
const MOST_SKEW_MS = 300_000;

/** The checks of a running operator. */
export function checksOf(parts: CheckedParts): Checks {
  const { lease, unsynced, webhook, credentials, signal } = parts;
  return {
    ping: () => undefined,
    'event-loop': () => stallTrouble(parts),
    lease: () => leaseTrouble(lease?.idleMs()),
    watches: () => watchTrouble(parts),
    clock: () => clockTrouble(parts.aheadMs()),
    caches: () => (unsynced().length === 0 ? undefined : `waiting for ${unsynced().join(', ')}`),
    webhook,
    'aws-credentials': credentials,
    shutdown: () => (signal.aborted ? 'the process was told to stop' : undefined),
  };
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

function stallTrouble({ watchdog, clock }: CheckedParts): string | undefined {
  const since = clock.now() - LOOK_BACK_MS;
  const stalled = watchdog
    .stalls()
    .filter(({ time }) => Date.parse(time) >= since)
    .reduce((sum, { ms }) => sum + ms, 0);
  return stalled < MOST_STALLED_MS ? undefined : `stood still for ${seconds(stalled)} of the last minute`;
}

function leaseTrouble(idleMs: number | undefined): string | undefined {
  if (idleMs === undefined || idleMs < LEASE_IDLE_MS) return undefined;
  return `neither renewed nor looked at for ${seconds(idleMs)}`;
}

function watchTrouble({ freshness }: CheckedParts): string | undefined {
  const [worst] = freshness.ages().toSorted((a, b) => b.idleMs - a.idleMs);
  if (worst === undefined || worst.idleMs < WATCH_IDLE_MS) return undefined;
  return `nothing heard of ${worst.kind} for ${seconds(worst.silentMs)}, and not tried again`;
}

function clockTrouble(aheadMs: number | undefined): string | undefined {
  if (aheadMs === undefined || Math.abs(aheadMs) < MOST_SKEW_MS) return undefined;
  return `${seconds(Math.abs(aheadMs))} ${aheadMs > 0 ? 'behind' : 'ahead of'} the API server`;
}
