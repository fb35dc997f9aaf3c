import { FULL, type Scale, seconds } from './scale.ts';

/** Parts of a drain budget, in seconds of real AWS. */
export type Drain = {
  detect: number;
  hold: number | 'auto';
  controllerGap: number;
  propagation: number;
  nlbPropagation: number;
  margin: number;
  nlbMargin: number;
  maxRequest: number;
  gateTimeout: number;
};

/** The operator's own budget where a case wants no other. */
export const DRAIN: Drain = {
  detect: 2,
  hold: 0,
  controllerGap: 20,
  propagation: 20,
  nlbPropagation: 120,
  margin: 3,
  nlbMargin: 8,
  maxRequest: 30,
  gateTimeout: 600,
};

type Budgeted = { scale: Scale; options: { drain?: Partial<Drain> } };

const FLAGS: Record<keyof Drain, string> = {
  detect: 'drain-detect-seconds',
  hold: 'drain-hold-seconds',
  controllerGap: 'drain-controller-gap-seconds',
  propagation: 'drain-propagation-alb-seconds',
  nlbPropagation: 'drain-propagation-nlb-seconds',
  margin: 'drain-margin-alb-seconds',
  nlbMargin: 'drain-margin-nlb-seconds',
  maxRequest: 'drain-max-request-seconds',
  gateTimeout: 'drain-gate-timeout-seconds',
};

/** The operator's budget, lease and fallback times in the scale of this run. */
export function flagsOf({ scale, options }: Budgeted): string[] {
  const drain = { ...DRAIN, ...options.drain };
  const scaled = (value: number | 'auto'): string => (value === 'auto' ? value : String(seconds(scale, value)));
  const budget = (Object.keys(FLAGS) as (keyof Drain)[]).flatMap((part) => [`--${FLAGS[part]}`, scaled(drain[part])]);
  const lease = [
    ...['--leader-elect', 'true'],
    ...['--lease-duration-seconds', scaled(10)],
    ...['--lease-renew-deadline-seconds', scaled(7)],
    ...['--lease-retry-seconds', scaled(2)],
  ];
  return [...budget, ...lease, '--log-level', 'debug'];
}

/** Seconds a pod serves after it is deleted, before anything was learned of the starts of others. */
export function preStopOf({ scale, options }: Budgeted, type: 'application' | 'network' = 'application'): number {
  const { detect, hold, controllerGap, ...drain } = { ...DRAIN, ...options.drain };
  const { propagation, nlbPropagation, margin, nlbMargin } = drain;
  const lag = type === 'application' ? propagation + margin : nlbPropagation + nlbMargin;
  return Math.ceil(seconds(scale, detect + (hold === 'auto' ? 0 : hold) + controllerGap + lag));
}

/** Seconds of real AWS that a pod behind an application load balancer serves after it is deleted, by that budget. */
export const PRE_STOP = preStopOf({ scale: FULL, options: {} });
