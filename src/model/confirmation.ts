import type { TargetHealth } from './target.ts';

/**
 * What proves that one pod is a healthy target: AWS acknowledged our registration for its UID, and a look at AWS that was
 * asked for after that found the target healthy. `order` counts the acknowledged registrations and the looks of one target
 * group as they were asked for, so that it needs no clock.
 */
export type Claim = {
  uid: string;
  /** Of the acknowledgement. */
  order: number;
  /** When it was acknowledged, monotonic milliseconds; absent where only the record of an earlier life names the pod. */
  at?: number;
  /** Whether health can only be the pod's own: nothing was registered at the address before, or AWS since told it anything but healthy. */
  own: boolean;
  /** Whether a look was asked for since. */
  looked: boolean;
  /** Since when every look has found it healthy, monotonic milliseconds. */
  healthySince?: number;
  confirmed: boolean;
};

/**
 * Whether AWS acknowledged a registration for the claim's pod. A record does not tell: a pod that takes over the address of a
 * registered target is recorded as its owner at once, and its own registration may never have been answered.
 */
export const isAcknowledged = ({ at }: Claim): boolean => at !== undefined;

/** One DescribeTargetHealth: its place among the calls, and when it was asked for in monotonic milliseconds. */
export type Look = { order: number; at: number };

/** How long a failing target may still be told healthy where the group's health check is not known. Milliseconds. */
export const STALE_HEALTH_MS = 30_000;

/**
 * What a look says of a claim. Where an earlier owner of the address may have been healthy, its health proves nothing until
 * it has stood for longer than AWS takes to notice a target that fails (`staleMs`), seen at both ends.
 */
export function takeLook(
  claim: Claim,
  look: Look,
  { health, staleMs }: { health: TargetHealth; staleMs: number },
): Claim {
  if (look.order <= claim.order) return claim;
  const { healthySince, ...rest } = claim;
  if (health !== 'healthy') return { ...rest, looked: true, own: rest.own || health !== 'unknown' };
  const since = healthySince ?? look.at;
  const proven = claim.own || look.at - since >= staleMs;
  const confirmed = claim.confirmed || (proven && isAcknowledged(claim));
  return { ...rest, looked: true, healthySince: since, confirmed };
}
