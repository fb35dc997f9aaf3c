import { RESOURCES } from '../../kube/resources.ts';
import type { Local, LocalOptions } from '../local.ts';
import { INJECTED } from '../../api/pod.ts';
import { KINDS } from '../cluster/objects.ts';
import { until } from '../until.ts';
import { NAMESPACES } from './sides.ts';

/** Why a pod of the shop serves on for as long as it does. Seconds. */
export type ShownBudget = {
  detect: number;
  hold: number | 'auto';
  controllerGap: number;
  propagation: number;
  margin: number;
  /** The sleep that was written into its pods. */
  preStop: number;
};

/** What the operator is started with: a budget that fits the lags of local AWS, or with `defaults` the one for AWS itself. */
export const budgetOptions = (defaults: boolean): Pick<LocalOptions, 'operatorFlags' | 'firstLine'> =>
  defaults ? {} : SHORT;

// The line is the sum of the flags: pods are older than the line that the operator writes from them.
const SHORT = {
  operatorFlags: [
    ...['--drain-detect-seconds', '2', '--drain-controller-gap-seconds', '4'],
    ...['--drain-propagation-alb-seconds', '5', '--drain-margin-alb-seconds', '1'],
  ],
  firstLine: 'v1;12;true;preserve;',
};

/** The budget of the shop's target group, and the sleep that its pods carry. */
export async function budgetOf(local: Local): Promise<ShownBudget> {
  const namespace = NAMESPACES.protected;
  const budget = await until('the drain budget of the target group', async () => {
    const [group] = await local.kube.list(RESOURCES.targetGroup, { namespace });
    return (group?.spec as { drain?: Omit<ShownBudget, 'preStop'> } | undefined)?.drain;
  });
  const { detect, hold, controllerGap, propagation, margin } = budget;
  const [pod] = await local.kube.list(KINDS.pod, { namespace });
  const preStop = Number(pod?.metadata.annotations?.[INJECTED.preStopSeconds] ?? 0);
  return { detect, hold, controllerGap, propagation, margin, preStop };
}

/** In words, with its sum first. */
export const budgetLine = ({ preStop, detect, hold, controllerGap, propagation, margin }: ShownBudget): string =>
  `${preStop} s (detect ${detect}, hold ${hold}, controller gap ${controllerGap}, propagation ${propagation}, margin ${margin})`;
