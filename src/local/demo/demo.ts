import type { ListenerAddress } from '../aws/dataplane/address-book.ts';
import { KINDS } from '../cluster/objects.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { Gone } from '../../errors.ts';
import { type Local, startLocal } from '../local.ts';
import { applyObjects, readManifests } from '../manifests.ts';
import { shippedFile } from '../package-root.ts';
import type { LoadReport } from '../traffic/generator.ts';
import { inventoryOf, leftoversSince } from '../leftovers.ts';
import { comparePaths } from './paths.ts';
import { Progress } from './progress.ts';
import { type DemoReport, phaseRow } from './report.ts';
import { runTraffic, shopTargets } from './traffic.ts';
import { until } from '../until.ts';
import { addressOf, answered, listenersOf, targetsOf } from '../world.ts';

export type DemoOptions = { dir: string; keep: boolean; tell: (line: string) => void };

/** What is running after the demo, with `keep`. */
export type Demo = { report: DemoReport; local: Local; addresses: ListenerAddress[] };

const STEPS = { keep: 12, delete: 13 };

/** The main job from begin to end, on local AWS and a local cluster; the caller stops what runs. */
export async function runDemo({ dir, keep, tell }: DemoOptions): Promise<Demo> {
  const progress = new Progress(keep ? STEPS.keep : STEPS.delete, tell);
  const local = await startLocal({ dir, tell: (line) => progress.step(`start ${line}`) });
  try {
    const before = await inventoryOf(local.aws);
    const listeners = await openShop(local, progress);
    const { phases, inconclusive } = await measure(local, listeners, progress);
    const paths = await comparePaths(local, listeners, progress);
    if (!keep) await deleteAll(local, before, progress);
    const report: DemoReport = {
      phases: [...phases, ...paths.phases].map(phaseRow),
      medianMs: paths.medianMs,
      awsCalls: await local.aws.control('calls/counts'),
      leftovers: keep ? [] : await leftoversSince(local.aws, before),
      inconclusive: inconclusive || paths.inconclusive,
    };
    return { report, local, addresses: await local.aws.control('addresses') };
  } catch (error) {
    await local.stop();
    throw error;
  }
}

async function openShop(local: Local, progress: Progress): Promise<ListenerAddress[]> {
  const settings = await local.aws.control<{ name: string; value: unknown }[]>('settings');
  const lag = settings.find(({ name }) => name === 'propagationLagMs')?.value as { min: number; max: number };
  progress.note(
    `each load balancer node learns of a change ${lag.min / 1_000} to ${lag.max / 1_000} s after AWS has said yes`,
  );
  progress.step(
    'apply examples/shop: a Deployment of 3, a Service, an Ingress with two hosts and three paths, HTTP and HTTPS',
  );
  await applyObjects(local.kube, await readManifests(shippedFile('examples', 'shop', 'shop.yaml')));
  progress.step('the operator makes security groups, load balancer, target group, listeners and rules');
  await tellCreation(local, progress);
  progress.step('targets go from initial to healthy');
  await tellHealth(local, progress);
  const address = await addressOf(local, 'shop', 'shop');
  progress.note(`the Ingress has its address: ${address}`);
  progress.step('the nodes of the load balancer open their listeners');
  return listenersOf(local, address, 6);
}

async function tellCreation(local: Local, progress: Progress): Promise<void> {
  const wanted = [
    'CreateSecurityGroup',
    'CreateLoadBalancer',
    'CreateTargetGroup',
    'CreateListener',
    'CreateRule',
    'RegisterTargets',
  ];
  const counts = await until('listeners and registered targets', async () => {
    const now = await local.aws.control<Record<string, number>>('calls/counts');
    return wanted.every((action) => (now[action] ?? 0) > 0) && (now.CreateListener ?? 0) > 1 && now;
  });
  progress.note(wanted.map((action) => `${action} ${counts[action] ?? 0}`).join(', '));
}

async function tellHealth(local: Local, progress: Progress): Promise<void> {
  const seen = new Map<string, string>();
  await until('three healthy targets', async () => {
    const targets = [...(await targetsOf(local)).values()].flat();
    for (const { id, port, state, reason } of targets) {
      const target = `${id}:${port}`;
      if (seen.get(target) !== state) progress.note(`${target} ${state}${reason === undefined ? '' : ` (${reason})`}`);
      seen.set(target, state);
    }
    return targets.filter(({ state }) => state === 'healthy').length === 3;
  });
}

/** A measurement in which the load generator itself stalled is made once more. */
async function measure(local: Local, listeners: ListenerAddress[], progress: Progress): Promise<LoadReport> {
  const targets = shopTargets(listeners);
  progress.step('real requests through the load balancer, answered by each of the pods');
  await answered(targets);
  const first = await runTraffic(local, targets, progress);
  if (!first.inconclusive) return first;
  progress.note('this machine stalled while it measured: once more');
  await local.kube.patch(
    KINDS.deployment,
    { namespace: 'shop', name: 'web' },
    { type: 'merge', body: { spec: { replicas: 3 } } },
  );
  return runTraffic(local, targets, progress);
}

async function deleteAll(local: Local, before: Set<string>, progress: Progress): Promise<void> {
  progress.step('delete everything');
  for (const name of ['shop', 'overlay']) {
    await local.kube.delete(RESOURCES.namespace, { name }).catch((error: unknown) => {
      if (!(error instanceof Gone)) throw error;
    });
  }
  await local.kube.delete(RESOURCES.ingressClass, { name: 'podwire' });
  await until('empty local AWS', async () => (await leftoversSince(local.aws, before)).length === 0).catch(
    () => undefined,
  );
}
