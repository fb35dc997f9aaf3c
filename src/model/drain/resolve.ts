import type { DrainBudget } from '../../cluster/objects.ts';
import { fieldOf, type Key, type Reading, readFirstGood } from '../annotations/source.ts';
import { warning } from '../problem.ts';
import {
  delayLimitOf,
  deregistrationDelayOf,
  type DrainSettings,
  IP_COOLDOWN,
  type NodePorts,
  nodePortBudget,
  preStopOf,
} from './budget.ts';

/** The budget of one group of targets, and the delay that goes with it. */
export type ResolvedDrain = {
  budget: DrainBudget;
  /** `deregistration_delay.timeout_seconds` where nobody set one; absent where nothing is managed. */
  delay?: number;
};

/** What decides about the budget besides what is written: node ports have numbers of their own. */
export type DrainedGroup = NodePorts & { targetType: 'ip' | 'instance' };

export const DELAY_ATTRIBUTE = 'deregistration_delay.timeout_seconds';

/**
 * Reads the budget from the closest source that says something good, else from the settings. A wrong value is told as a warning on its
 * object and passed over: what the next source says is no worse than what stood before.
 */
export function resolveDrain(reading: Reading, settings: DrainSettings, group: DrainedGroup): ResolvedDrain {
  const { loadBalancerType } = group;
  const { maxRequest, preDrain, ...budget } = {
    ...settings,
    propagation: settings.propagation[loadBalancerType],
    margin: settings.margin[loadBalancerType],
    ...readSaid(reading),
  };
  const { mode, propagation } = budget;
  const whole: DrainBudget = { ...budget, ...(preDrain === true && { preDrain }) };
  const settled = group.targetType === 'ip' ? whole : nodePortBudget(whole, group);
  return { budget: settled, ...(mode === 'Managed' && { delay: deregistrationDelayOf({ propagation, maxRequest }) }) };
}

type Said = Partial<DrainBudget & { maxRequest: number }>;

/** What annotations say; of what they are silent on there is no field. */
function readSaid(reading: Reading): Said {
  const say = <K extends Key>(key: K) => readFirstGood(reading, key);
  const said = {
    mode: say('podwire.dev/drain-mode'),
    detect: say('podwire.dev/drain-detect-seconds'),
    hold: say('podwire.dev/drain-hold-seconds'),
    controllerGap: say('podwire.dev/drain-controller-gap-seconds'),
    propagation: say('podwire.dev/drain-propagation-seconds'),
    margin: say('podwire.dev/drain-margin-seconds'),
    gate: say('podwire.dev/drain-gate'),
    gateTimeout: say('podwire.dev/drain-gate-timeout-seconds'),
    livenessGrace: say('podwire.dev/drain-liveness-grace'),
    preDrain: say('podwire.dev/drain-pre-drain-on-node-disruption'),
    maxRequest: say('podwire.dev/drain-max-request-seconds'),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Said;
}

/** Tells of a delay that lets a draining entry outlive its address: requests could reach the pod that has it next. */
export function checkDelay(reading: Reading, { budget, delay }: ResolvedDrain, own: string | undefined): void {
  const given = Number(own ?? delay);
  const limit = delayLimitOf(budget);
  if (budget.mode !== 'Managed' || !(given >= limit)) return;
  const key = own === undefined ? 'podwire.dev/drain-max-request-seconds' : 'target-group-attributes';
  const message = `${DELAY_ATTRIBUTE}: wanted less than ${limit}, since a deleted pod gets SIGTERM ${preStopOf(budget)} s later and its address may be used again ${IP_COOLDOWN} s after that; given ${given}`;
  reading.problems.push(warning({ reason: 'DelayOutlivesAddress', field: fieldOf(reading, key), message }));
}

/** Of two budgets for the same target group the longer one; a gate that one of them wants is there. */
export function longerDrain(a: ResolvedDrain, b: ResolvedDrain): ResolvedDrain {
  const longer = preStopOf(b.budget) > preStopOf(a.budget) ? b : a;
  const delay = Math.max(a.delay ?? 0, b.delay ?? 0);
  return {
    budget: { ...longer.budget, gate: a.budget.gate || b.budget.gate },
    ...(delay > 0 && { delay }),
  };
}
