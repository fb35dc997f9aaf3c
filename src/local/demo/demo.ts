import type { ListenerAddress } from '../aws/dataplane/address-book.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { Gone } from '../../errors.ts';
import { type Local, startLocal } from '../local.ts';
import { inventoryOf, leftoversSince } from '../leftovers.ts';
import { budgetOptions } from './budget.ts';
import { comparePaths } from './paths.ts';
import { Progress } from './progress.ts';
import { type DemoReport, phaseRow } from './report.ts';
import { openShops, SHOP_REPLICAS } from './shops.ts';
import { NAMESPACES, onBothSides, type Sides } from './sides.ts';
import { runTraffic, scale, shopTargets, type Traffic, TRAFFIC_STEPS } from './traffic.ts';
import { until } from '../until.ts';
import { answered } from '../world.ts';

export type DemoOptions = {
  dir: string;
  keep: boolean;
  /** The drain budget that is meant for AWS itself, instead of one for the lags of local AWS. */
  defaults: boolean;
  tell: (line: string) => void;
};

/** What is running after the demo, with `keep`. */
export type Demo = { report: DemoReport; local: Local; addresses: ListenerAddress[] };

const STEPS = { keep: 13, delete: 14 };

/** The main job from begin to end, on local AWS and a local cluster; the caller stops what runs. */
export async function runDemo({ dir, keep, defaults, tell }: DemoOptions): Promise<Demo> {
  const progress = new Progress(keep ? STEPS.keep : STEPS.delete, tell);
  const parts = { dir, tell: (line: string) => progress.step(`start ${line}`), ...budgetOptions(defaults) };
  const local = await startLocal(parts);
  try {
    const before = await inventoryOf(local.aws);
    const { listeners, lagMs, budget } = await openShops(local, progress);
    const traffic = await measure(local, listeners, progress);
    const paths = await comparePaths(local, listeners.protected, progress);
    if (!keep) await deleteAll(local, before, progress);
    const report: DemoReport = {
      phases: [...traffic.protected, ...paths.phases].map(phaseRow),
      unprotected: traffic.unprotected.map(phaseRow),
      budget,
      lagMs,
      medianMs: paths.medianMs,
      awsCalls: await local.aws.control('calls/counts'),
      leftovers: keep ? [] : await leftoversSince(local.aws, before),
      inconclusive: traffic.inconclusive || paths.inconclusive,
    };
    return { report, local, addresses: await local.aws.control('addresses') };
  } catch (error) {
    await local.stop();
    throw error;
  }
}

/** A measurement in which the load generator itself stalled is made once more. */
async function measure(local: Local, listeners: Sides<ListenerAddress[]>, progress: Progress): Promise<Traffic> {
  const targets = { protected: shopTargets(listeners.protected), unprotected: shopTargets(listeners.unprotected) };
  progress.step('real requests through the load balancer, answered by each of the pods');
  await onBothSides((side) => answered(targets[side]));
  const first = await runTraffic(local, { targets, version: '2' }, progress);
  if (!first.inconclusive) return first;
  const [longest] = first.stalled.toSorted((a, b) => b.ms - a.ms);
  const who = longest ? ` (${longest.process} for ${longest.ms} ms)` : '';
  progress.note(`this machine stalled while it measured${who}: once more`);
  progress.again(TRAFFIC_STEPS);
  await scale(local, SHOP_REPLICAS);
  return runTraffic(local, { targets, version: '3' }, progress);
}

async function deleteAll(local: Local, before: Set<string>, progress: Progress): Promise<void> {
  progress.step('delete everything');
  for (const name of [NAMESPACES.protected, NAMESPACES.unprotected, 'overlay']) {
    await local.kube.delete(RESOURCES.namespace, { name }).catch((error: unknown) => {
      if (!(error instanceof Gone)) throw error;
    });
  }
  await local.kube.delete(RESOURCES.ingressClass, { name: 'podwire' });
  const empty = async (): Promise<boolean> => (await leftoversSince(local.aws, before)).length === 0;
  await until('empty local AWS', empty).catch(() => undefined);
}
