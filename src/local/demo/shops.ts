import type { ListenerAddress } from '../aws/dataplane/address-book.ts';
import type { Local } from '../local.ts';
import { applyObjects, readManifests } from '../manifests.ts';
import { shippedFile } from '../package-root.ts';
import { until } from '../until.ts';
import { addressOf, listenersOf } from '../world.ts';
import { budgetLine, budgetOf } from './budget.ts';
import type { Progress } from './progress.ts';
import type { DemoReport } from './report.ts';
import { targetsIn } from './settled.ts';
import { NAMESPACES, onBothSides, type Sides, unprotectedShop } from './sides.ts';
import { REPLICAS } from './traffic.ts';

/** Of examples/shop. */
export const SHOP_REPLICAS = 3;

type Opened = Pick<DemoReport, 'lagMs' | 'budget'> & { listeners: Sides<ListenerAddress[]> };

/** Applies both sides and resolves when every target is healthy and every node listens. */
export async function openShops(local: Local, progress: Progress): Promise<Opened> {
  await applyShops(local, progress);
  progress.step('the operator makes security groups, load balancers, target groups, listeners and rules');
  await tellCreation(local, progress);
  const lagMs = await lagOf(local);
  progress.note(
    `each load balancer node learns of a change ${lagMs.min / 1_000} to ${lagMs.max / 1_000} s after AWS has said yes`,
  );
  const budget = await budgetOf(local);
  progress.note(`so a pod of shop serves on after its deletion, by the sleep written into it: ${budgetLine(budget)}`);
  progress.step('targets go from initial to healthy, and the readiness gates of shop open');
  await tellHealth(local, progress);
  const addresses = await onBothSides((side) => addressOf(local, NAMESPACES[side], 'shop'));
  progress.note(`the Ingresses have their addresses: ${addresses.protected}, ${addresses.unprotected}`);
  progress.step('the nodes of the load balancers open their listeners');
  const listeners = await onBothSides((side) => listenersOf(local, addresses[side], 6));
  return { listeners, lagMs, budget };
}

async function applyShops({ kube }: Local, progress: Progress): Promise<void> {
  const shop = await readManifests(shippedFile('examples', 'shop', 'shop.yaml'));
  progress.step(
    'apply examples/shop: a Deployment of 3 without any preStop, a Service, an Ingress with two hosts and three paths, HTTP and HTTPS',
  );
  await applyObjects(kube, shop);
  progress.step(`apply the same to namespace bare: a Deployment of ${REPLICAS} whose pods opt out of protection`);
  await applyObjects(kube, unprotectedShop(shop, REPLICAS));
}

type Setting = { name: string; value: unknown };

async function lagOf({ aws }: Local): Promise<DemoReport['lagMs']> {
  const settings = await aws.control<Setting[]>('settings');
  return settings.find(({ name }) => name === 'propagationLagMs')?.value as DemoReport['lagMs'];
}

async function tellCreation(local: Local, progress: Progress): Promise<void> {
  const wanted = {
    CreateSecurityGroup: 2,
    CreateLoadBalancer: 2,
    CreateTargetGroup: 2,
    CreateListener: 4,
    CreateRule: 2,
    RegisterTargets: 2,
  };
  const counts = await until('listeners and registered targets', async () => {
    const now = await local.aws.control<Record<string, number>>('calls/counts');
    return Object.entries(wanted).every(([action, least]) => (now[action] ?? 0) >= least) && now;
  });
  const made = Object.keys(wanted).map((action) => `${action} ${counts[action] ?? 0}`);
  progress.note(made.join(', '));
}

async function tellHealth(local: Local, progress: Progress): Promise<void> {
  const seen = new Map<string, string>();
  await until('healthy targets', async () => {
    const targets = await onBothSides((side) => targetsIn(local, NAMESPACES[side]));
    const all = [...targets.protected, ...targets.unprotected];
    for (const { id, port, state, reason } of all) {
      const target = `${id}:${port}`;
      if (seen.get(target) !== state) progress.note(`${target} ${state}${reason === undefined ? '' : ` (${reason})`}`);
      seen.set(target, state);
    }
    return all.filter(({ state }) => state === 'healthy').length === SHOP_REPLICAS + REPLICAS;
  });
}
