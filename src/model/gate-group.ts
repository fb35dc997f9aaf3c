import type { GateGroup, GateTarget } from './gate.ts';
import { type ClosedReason, GATE_REASONS, type OpenReason } from './gate-reasons.ts';
import { type GateVerdict, open } from './gate-verdict.ts';
import type { TargetHealth } from './target.ts';

/** Seconds of silence of AWS after which a gate may open that protects nothing. */
const SILENT_SECONDS = 60;

/** How often it is looked whether there is still something to protect. */
const STILL_PROTECTS_SECONDS = 10;

/** What one target group says of the pod whose containers have been ready for `readySeconds`. */
export function judgeGroup(group: GateGroup, readySeconds: number): GateVerdict {
  const opened = openedBy(group);
  if (opened !== undefined) return opened;
  const [reason, message] = whyClosed(group);
  const waits = exceptionsOf(group, readySeconds);
  const excused = waits.find(({ leftSeconds, holds }) => leftSeconds <= 0 && holds);
  if (excused !== undefined) return open(excused.reason, message);
  const left = waits.map(({ leftSeconds }) => (leftSeconds > 0 ? leftSeconds : STILL_PROTECTS_SECONDS));
  return {
    status: 'False',
    ...lateOf({ reason, message }, group, readySeconds),
    ...(left.length > 0 && { againSeconds: Math.min(...left) }),
  };
}

function openedBy(group: GateGroup): GateVerdict | undefined {
  const { name, target, gated, leftOut } = group;
  if (!gated) return open('NotATarget', `target group ${name} asks for no gate`);
  if (leftOut !== undefined) return open('NotATarget', `the pod cannot be a target of group ${name}: ${leftOut}`);
  if (target?.claimed !== true) return undefined;
  if (target.confirmed) return open('TargetHealthy', `target group ${name}: ${target.name} is healthy`);
  if (!target.looked) return undefined;
  if (target.health === 'unavailable' && target.reason === CHECKS_OFF)
    return open('HealthChecksDisabled', `target group ${name} checks no health`);
  return target.health === 'unused' && target.reason === NOT_IN_USE ? notInUse(name, target) : undefined;
}

/** ELBv2 API reference, TargetHealth. The other reason of `unavailable` is trouble inside AWS, which proves nothing. */
const CHECKS_OFF = 'Target.HealthCheckDisabled';

/** ELBv2 API reference, TargetHealth: the group has no load balancer, or the target's zone is not enabled for it. */
const NOT_IN_USE = 'Target.NotInUse';

function notInUse(name: string, target: GateTarget): GateVerdict {
  const message = `target group ${name} is not in use for ${target.name}${told(target)}`;
  const verdict = open('NotInUse', message);
  if (!/availability zone/i.test(target.description ?? '')) return verdict;
  const advice = `${message}: the load balancer never sends to the pod; enable a subnet of its zone`;
  return { ...verdict, warning: { reason: 'ZoneNotEnabled', message: advice } };
}

function whyClosed(group: GateGroup): [ClosedReason, string] {
  const { name, target, refused, failing } = group;
  const of = `target group ${name}`;
  if (refused !== undefined) return ['TargetRefused', `${of}: AWS refuses the target: ${refused}`];
  if (target?.health === 'draining')
    return ['TargetDraining', `${of}: ${target.name} is draining from an earlier pod at the address${since(target)}`];
  if (failing !== undefined) return ['AwsError', `${of}: AWS does not answer: ${failing.message}`];
  if (target?.claimed !== true) return ['TargetNotRegistered', `${of}: the pod is still to be registered`];
  if (target.looked && target.health === 'healthy')
    return [
      'TargetUnconfirmed',
      `${of}: ${target.name} is healthy, which may still be about an earlier pod at the address`,
    ];
  const health = target.looked ? target.health : 'initial';
  const told = target.looked ? `${reasonText(target)}${since(target)}` : '';
  return [CLOSED[health] ?? 'TargetInitial', `${of}: ${target.name} is ${health}${told}`];
}

const CLOSED: Partial<Record<TargetHealth, ClosedReason>> = { unhealthy: 'TargetUnhealthy', unused: 'TargetUnused' };

function reasonText({ reason, description }: GateTarget): string {
  const words = [reason, description].filter((text) => text !== undefined && text !== '');
  return words.length === 0 ? '' : ` (${words.join(': ')})`;
}

const since = ({ since: time }: GateTarget): string => (time === undefined ? '' : ` since ${time}`);
const told = (target: GateTarget): string => `${reasonText(target)}${since(target)}`;

type Exception = { reason: OpenReason; leftSeconds: number; holds: boolean };

/** A gate that protects nothing opens: what is closed for good keeps the first pod of a Service from ever serving. */
function exceptionsOf(group: GateGroup, readySeconds: number): Exception[] {
  const { failing, healthy, ready, timeoutSeconds } = group;
  const silent = failing && {
    reason: 'AwsUnavailable' as const,
    leftSeconds: SILENT_SECONDS - failing.seconds,
    holds: ready === 0,
  };
  const late = {
    reason: 'TimedOutNothingToProtect' as const,
    leftSeconds: timeoutSeconds - readySeconds,
    holds: ready === 0 && healthy === 0,
  };
  return readySeconds <= 0 ? [] : [...(silent ? [silent] : []), late];
}

function lateOf(
  closed: { reason: ClosedReason; message: string },
  { timeoutSeconds }: GateGroup,
  readySeconds: number,
): { reason: ClosedReason; message: string } {
  if (readySeconds <= 0 || readySeconds < timeoutSeconds) return closed;
  const { text } = GATE_REASONS.TimedOutProtecting;
  return { reason: 'TimedOutProtecting', message: `${closed.message}. ${text}` };
}
