import type { Found } from './found.ts';
import { flagOf } from './setting.ts';
import type { Settings } from './settings.ts';

type LeaseTimes = Pick<Settings, 'leaseDurationSeconds' | 'leaseRenewDeadlineSeconds' | 'leaseRetrySeconds'>;

const DURATION = flagOf('leaseDurationSeconds');
const DEADLINE = flagOf('leaseRenewDeadlineSeconds');

/** A holder must have stopped acting before the others may begin, and must have tried to renew more than once before that. */
export function leaseProblems(times: LeaseTimes, found: Record<keyof LeaseTimes, Found>): string[] {
  const { leaseDurationSeconds: duration, leaseRenewDeadlineSeconds: deadline, leaseRetrySeconds: retry } = times;
  const say = (name: keyof LeaseTimes, wanted: string) =>
    `${found[name].subject}: wanted ${wanted}, given ${times[name]}`;
  const tooLate = say('leaseRenewDeadlineSeconds', `less than ${DURATION} (${duration})`);
  const tooSeldom = say('leaseRetrySeconds', `at most half of ${DEADLINE} (${deadline})`);
  return [
    ...(deadline < duration ? [] : [tooLate]),
    ...(retry <= deadline / 2 ? [] : [tooSeldom]),
    ...(retry > 0 ? [] : [say('leaseRetrySeconds', 'more than 0')]),
  ];
}
