import { judgeGroup } from './gate-group.ts';
import { GATE_REASONS, type GateReason, type OpenReason } from './gate-reasons.ts';
import { closed, type GateVerdict, open } from './gate-verdict.ts';
import type { TargetHealth } from './target.ts';

/** What is known of the pod's target in one group. */
export type GateTarget = {
  /** `10.0.1.3:8080`. */
  name: string;
  health: TargetHealth;
  /** AWS's reason and sentence. */
  reason?: string;
  description?: string;
  /** RFC 3339. */
  since?: string;
  /** Whether AWS acknowledged our registration for this very pod, and whether a look was asked for since. */
  claimed: boolean;
  looked: boolean;
  /** Whether such a look found it healthy, and nobody else's health can have been meant. */
  confirmed: boolean;
};

/** One ip target group whose Service selects the pod. */
export type GateGroup = {
  /** `namespace/name` of the TargetGroup object. */
  name: string;
  /** Whether its Service asks for gates, and after how many seconds one may open that protects nothing. */
  gated: boolean;
  timeoutSeconds: number;
  target?: GateTarget;
  /** Why the pod cannot be a target of it. */
  leftOut?: string;
  /** What AWS said when it refused the target. */
  refused?: string;
  /** Healthy targets in it; absent where AWS was not asked since the start. */
  healthy?: number;
  /** Pods of its Service that are ready. */
  ready: number;
  /** For how long AWS has not answered, and what it says. */
  failing?: { seconds: number; message: string };
};

export type GateFacts = {
  addresses: readonly string[];
  /** The condition as it stands. */
  condition?: { status: string; reason: string; message: string };
  optedOut: boolean;
  groups: readonly GateGroup[];
  /** A Service of the pod that an Ingress or a TargetGroupBinding refers to and that has no target group yet, and for how long. */
  pending?: { service: string; seconds: number };
  /** For how long the containers have been ready; 0 while they are not. */
  readySeconds: number;
};

/** Seconds that a target group may take to come before its Service's pods count as no targets. */
const PENDING_SECONDS = 60;

/**
 * Whether the pod may become ready. Open only when every attached ip target group that selects it has confirmed its target,
 * or has its own reason; once open it stays open for the pod's address.
 */
export function judgeGate(facts: GateFacts): GateVerdict {
  const address = facts.addresses.join(',');
  if (address === '') return closed('NoAddress', GATE_REASONS.NoAddress.text);
  const latched = latchedVerdict(facts.addresses, facts.condition);
  if (latched !== undefined) return latched;
  const verdict = judgeNow(facts);
  return verdict.status === 'True' ? { ...verdict, message: `${verdict.message}${latchText(address)}` } : verdict;
}

/** The end of the message of an open gate: the address it was opened for. */
const latchText = (address: string): string => `; opened for ${address}`;

/** What stays as it is: a gate that was opened for the address the pod still has, or by somebody else. */
export function latchedVerdict(
  addresses: readonly string[],
  condition: GateFacts['condition'],
): GateVerdict | undefined {
  if (condition?.status !== 'True' || addresses.length === 0) return undefined;
  const { message } = condition;
  if (!(condition.reason in GATE_REASONS)) return open('OpenedByHand', GATE_REASONS.OpenedByHand.text);
  return message.endsWith(latchText(addresses.join(',')))
    ? { status: 'True', reason: condition.reason as OpenReason, message }
    : undefined;
}

function judgeNow(facts: GateFacts): GateVerdict {
  if (facts.optedOut) return open('NotATarget', 'the pod has opted out');
  const judged = facts.groups.map((group) => judgeGroup(group, facts.readySeconds));
  const shut = judged.filter(({ status }) => status === 'False');
  if (shut.length > 0) return soonest(merge(shut), judged);
  const pending = facts.pending;
  if (pending !== undefined && pending.seconds < PENDING_SECONDS) return pendingVerdict(pending);
  if (judged.length === 0) return open('NotATarget', unreferenced(facts));
  return merge(judged.toSorted((a, b) => OPEN_ORDER.indexOf(a.reason) - OPEN_ORDER.indexOf(b.reason)));
}

/** What is told of a gate that several groups open for different reasons. */
const OPEN_ORDER: readonly GateReason[] = [
  'AwsUnavailable',
  'TimedOutNothingToProtect',
  'TargetHealthy',
  'NotInUse',
  'HealthChecksDisabled',
  'NotATarget',
];

function unreferenced({ pending }: GateFacts): string {
  if (pending === undefined) return 'no Service with a target group selects the pod';
  return `Service ${pending.service} is referred to, and got no target group within ${PENDING_SECONDS} s`;
}

const pendingVerdict = ({ service, seconds }: { service: string; seconds: number }): GateVerdict => ({
  ...closed('TargetGroupPending', `the target group of Service ${service}, which is referred to, is still to be made`),
  againSeconds: PENDING_SECONDS - seconds,
});

/** The first one's reason, everybody's message. */
function merge(verdicts: readonly GateVerdict[]): GateVerdict {
  const [first] = verdicts;
  const warned = verdicts.find(({ warning }) => warning !== undefined);
  const message = [...new Set(verdicts.map((one) => one.message))].join('; ');
  return { ...(first as GateVerdict), message, ...(warned?.warning && { warning: warned.warning }) };
}

function soonest(verdict: GateVerdict, judged: readonly GateVerdict[]): GateVerdict {
  const times = judged.flatMap(({ againSeconds }) => againSeconds ?? []);
  const { againSeconds: _, ...rest } = verdict;
  return times.length === 0 ? rest : { ...rest, againSeconds: Math.min(...times) };
}
