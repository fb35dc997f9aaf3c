import type { ServiceName } from './operation.ts';
import type { Bucket, LocalAwsSettings } from './settings.ts';

/**
 * Buckets of the profile `aws`. ELBv2's are those the peer keeps to, EC2's those of the EC2 guide's request throttling page
 * for non-mutating and mutating actions.
 */
const AWS_PROFILE: Record<string, Bucket> = {
  'elb-targets': { perSecond: 4, burst: 20 },
  'elb-describe': { perSecond: 50, burst: 200 },
  'elb-modify': { perSecond: 3, burst: 20 },
  'elb-create': { perSecond: 10, burst: 40 },
  'ec2-describe': { perSecond: 20, burst: 100 },
  'ec2-modify': { perSecond: 5, burst: 50 },
};

/** The family of calls that share a bucket: `elb-` or `ec2-` and targets, describe, modify or create. */
export function apiFamily(service: ServiceName, action: string): string {
  const isDescribe = /^(Describe|Get|List)/.test(action);
  if (service === 'ec2') return isDescribe ? 'ec2-describe' : 'ec2-modify';
  if (service !== 'elasticloadbalancing') return service;
  if (/^(Register|Deregister)Targets$/.test(action)) return 'elb-targets';
  if (isDescribe) return 'elb-describe';
  return action.startsWith('Create') || action.startsWith('Delete') ? 'elb-create' : 'elb-modify';
}

type Level = { tokens: number; at: number };

/** Token buckets, one per API family, full at the start. Times are monotonic milliseconds. */
export class Throttle {
  readonly #levels = new Map<string, Level>();

  /** Takes one token; false when the bucket of the family is empty. */
  take(profile: LocalAwsSettings['throttling'], family: string, now: number): boolean {
    if (profile === 'off') return true;
    const bucket = (profile === 'aws' ? AWS_PROFILE : profile)[family];
    if (!bucket) return true;
    const level = this.#levels.get(family) ?? { tokens: bucket.burst, at: now };
    const tokens = Math.min(bucket.burst, level.tokens + ((now - level.at) / 1000) * bucket.perSecond);
    this.#levels.set(family, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1;
  }

  clear(): void {
    this.#levels.clear();
  }
}
