import type { TargetGroupObject } from '../../cluster/objects.ts';
import type { Demand } from './audit.ts';
import { preStopOf, settledPreStop } from './budget.ts';
import type { ServiceLine } from './lines.ts';

/** What a group's pods are held to; undefined while the group has no budget, or the line of its Service is still to be written. */
export function demandOf({ spec, status }: Group, known: ServiceLine | undefined): Demand | undefined {
  const { drain } = spec;
  if (drain === undefined) return undefined;
  const needed = preStopOf(drain, status.startSeconds);
  if (drain.mode === 'Audit') return { seconds: needed, gate: false };
  if (known === undefined) return undefined;
  if ('problem' in known) return { seconds: needed, gate: drain.gate };
  const { line, since } = known;
  return { seconds: settledPreStop(needed, { hold: drain.hold, standing: line.preStop }), gate: drain.gate, since };
}

type Group = Pick<TargetGroupObject, 'spec' | 'status'>;
