import type { DoctorFacts } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';

/** A `Date` tells whole seconds, and an answer takes its time. */
const NOTICED_MS = 30_000;
/** AWS refuses signatures that are five minutes off; a margin for what still drifts. */
const REFUSED_MS = 240_000;

export function judgeClock({ api, aws }: DoctorFacts): Finding[] {
  const server = 'trouble' in api ? undefined : api.aheadMs;
  const amazon = 'value' in aws ? aws.value.aheadMs : undefined;
  return [judge('API server', server), judge('AWS', amazon)];
}

function judge(object: string, aheadMs: number | undefined): Finding {
  if (aheadMs === undefined) return isSkipped('clock', object, 'it did not tell the time');
  const off = Math.abs(aheadMs);
  const message = `${(off / 1_000).toFixed(0)} seconds ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock here`;
  if (off < NOTICED_MS) return isWell('clock', object, message);
  return found(off < REFUSED_MS ? 'ClockSkewed' : 'ClockFarSkewed', { object, message });
}
