import { idOf } from '../../api/controller.ts';
import type { TargetGroupObject } from '../../cluster/objects.ts';
import type { Demand } from './audit.ts';
import { preStopOf, settledPreStop } from './budget.ts';
import type { ServiceLine } from './lines.ts';

/** What a group's pods are held to; undefined while the group has no budget, or the line of its Service is still to be written. */
export function demandOf({ spec, status, labels }: Group, known: ServiceLine | undefined): Demand | undefined {
  const { drain } = spec;
  if (drain === undefined) return undefined;
  const needed = preStopOf(drain, status.startSeconds);
  if (drain.mode === 'Audit') return { seconds: needed, gate: false };
  if (known === undefined) return undefined;
  const gate = { gate: drain.gate, ...(idOf(labels) !== '' && { controllerId: idOf(labels) }) };
  if ('problem' in known) return { seconds: needed, ...gate };
  const { line, since } = known;
  return { seconds: settledPreStop(needed, { hold: drain.hold, standing: line.preStop }), ...gate, since };
}

type Group = Pick<TargetGroupObject, 'spec' | 'status' | 'labels'>;
