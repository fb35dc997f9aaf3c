import type { KubeObject, NewObject, ObjectKey } from './api.ts';
import { microTime } from './micro-time.ts';

/** What a Lease says. Its times are never read: they are of another clock. */
export type LeaseRecord = {
  /** Absent when it is free. */
  holder: string | undefined;
  transitions: number;
  /** How long its holder is to be waited for; of a record written with the same duration, our own, which knows fractions. */
  durationMsOr: (ownMs: number) => number;
};

type LeaseSpec = { holderIdentity?: string | null; leaseDurationSeconds?: number; leaseTransitions?: number };

export function readLease(object: KubeObject): LeaseRecord {
  const { holderIdentity, leaseDurationSeconds, leaseTransitions = 0 } = (object['spec'] ?? {}) as LeaseSpec;
  return {
    holder: holderIdentity || undefined,
    transitions: leaseTransitions,
    durationMsOr: (ownMs) =>
      leaseDurationSeconds === undefined || leaseDurationSeconds === wholeSeconds(ownMs)
        ? ownMs
        : leaseDurationSeconds * 1_000,
  };
}

/** `leaseDurationSeconds` is an integer above 0 (coordination.k8s.io/v1). */
const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

/** int32 (coordination.k8s.io/v1): with a larger number the lease could not be taken. */
const MOST_TRANSITIONS = 2_147_483_647;

type Times = { durationMs: number };

/** The spec of a renewal at `now`, wall clock in milliseconds: for people only. */
export const renewing = (identity: string, { durationMs }: Times, now: number): object => ({
  holderIdentity: identity,
  leaseDurationSeconds: wholeSeconds(durationMs),
  renewTime: microTime(now),
});

export const taking = (
  { identity, times, transitions }: { identity: string; times: Times; transitions: number | undefined },
  now: number,
): object => ({
  ...renewing(identity, times, now),
  acquireTime: microTime(now),
  leaseTransitions: transitions === undefined ? 0 : Math.min(transitions + 1, MOST_TRANSITIONS),
});

/** The spec of a lease that is free at once. */
export const releasing = (now: number): object => ({
  holderIdentity: null,
  leaseDurationSeconds: 1,
  renewTime: microTime(now),
});

export const newLease = (key: Required<ObjectKey>, spec: object): NewObject => ({ metadata: key, spec });
