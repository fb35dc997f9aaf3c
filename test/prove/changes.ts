import type { Call } from '../../src/local/aws/calls.ts';
import type { ProofWorld } from './world.ts';

/** A call that changed something in AWS; `at`: when it arrived there, milliseconds since 1970. */
export type Change = { operator: string; action: string; at: number };

const READS = /^(Describe|Get|List)/;

/** What operators changed in AWS, with who did it: each carries its name in its user agent, as `app/<name>`. */
export async function changesIn({ aws }: Pick<ProofWorld, 'aws'>): Promise<Change[]> {
  const calls = await aws.control<Call[]>('calls');
  return calls.filter(({ action }) => !READS.test(action)).map(changeOf);
}

const changeOf = ({ action, time, durationMs, userAgent = '' }: Call): Change => ({
  operator: /(?:^| )app\/(\S+)/.exec(userAgent)?.[1] ?? '',
  action,
  at: Date.parse(time) - durationMs,
});

/**
 * What is wrong with the changes where one operator's lease ended for good: it may have called before, another has to call
 * after, and a call of its own that arrives later is one too many. A call that was under way then had arrived.
 */
export function lateChanges(changes: readonly Change[], former: { operator: string; ended: number }): string[] {
  const own = changes.filter(({ operator }) => operator === former.operator);
  const late = own.filter(({ at }) => at > former.ended);
  const next = changes.filter(({ operator, at }) => operator !== former.operator && at > former.ended);
  return [
    ...late.map(({ action, at }) => `${former.operator} called ${action} ${at - former.ended} ms after its lease`),
    ...(own.length > 0 ? [] : [`${former.operator} never changed anything: it did not lead`]),
    ...(next.length > 0 ? [] : [`nobody changed anything after the lease of ${former.operator}`]),
  ];
}
