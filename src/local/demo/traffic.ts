import { setTimeout as sleep } from 'node:timers/promises';
import type { ListenerAddress } from '../aws/dataplane/address-book.ts';
import { KINDS } from '../cluster/objects.ts';
import type { Local } from '../local.ts';
import type { LoadTarget } from '../traffic/request.ts';
import type { PhaseReport } from '../traffic/phase.ts';
import { type Load, startLoad, type WatchedReport } from '../traffic/traffic.ts';
import type { Progress } from './progress.ts';
import { NAMESPACES, onBothSides, type Sides } from './sides.ts';
import { settled } from './settled.ts';
import { podsOf } from '../world.ts';

/** Requests per second. */
const RATE = 60;
/** Of both sides when they are updated. */
export const REPLICAS = 2;
const TIMEOUT_MS = 5_000;
/** After both are at rest, before the measurement ends. */
const AFTER_MS = 1_000;

type Asked = { host: string; path: string; protocol: ListenerAddress['protocol'] };
const ASKED: Asked[] = [
  { host: 'www.shop.localhost', path: '/', protocol: 'HTTP' },
  { host: 'www.shop.localhost', path: '/cart/7', protocol: 'HTTPS' },
  { host: 'api.shop.localhost', path: '/v1/items', protocol: 'HTTP' },
];

/** Every host and path of a shop, on every node of its load balancer. */
export const shopTargets = (listeners: ListenerAddress[]): LoadTarget[] =>
  listeners.flatMap((listener) =>
    ASKED.filter(({ protocol }) => protocol === listener.protocol).map(({ host, path, protocol }) => ({
      url: `${protocol.toLowerCase()}://${host}${path}`,
      connect: listener,
      expectStatus: 200,
    })),
  );

/** What happened under load, side by side: the protected one went through every phase, the other one through the rolling update. */
export type Traffic = Sides<PhaseReport[]> & Pick<WatchedReport, 'inconclusive' | 'stalled'>;

/** Progress that is told of one run. */
export const TRAFFIC_STEPS = 3;

export type Run = {
  targets: Sides<LoadTarget[]>;
  /** Of the pods after the rolling update; another one than before. */
  version: string;
};

/** Load on the shop while its pods come and go, and on its unprotected copy while both are updated. Nothing of it is ever sent twice. */
export async function runTraffic(local: Local, { targets, version }: Run, progress: Progress): Promise<Traffic> {
  const shop = await loadOn(local, targets.protected, 'steady');
  await steady(local, progress);
  progress.step('scale from 3 to 6 replicas, under load');
  await shop.phase('scale 3 to 6');
  await scale(local, 6);
  progress.step('scale from 6 to 2 replicas, under load: the pods that leave serve on until nobody sends to them');
  await shop.phase('scale 6 to 2');
  await scale(local, REPLICAS);
  progress.step(`rolling update of the ${REPLICAS} replicas of each to version ${version}, both at once, under load`);
  await shop.phase('rolling update');
  const bare = await loadOn(local, targets.unprotected, 'rolling update');
  await onBothSides((side) => roll(local, NAMESPACES[side], version));
  progress.note('every pod is of the new version, and the old ones are gone');
  await sleep(AFTER_MS);
  return reportOf({ protected: shop, unprotected: bare });
}

const loadOn = ({ aws, dir }: Local, targets: LoadTarget[], phase: string): Promise<Load> =>
  startLoad({ targets, rate: RATE, timeoutMs: TIMEOUT_MS, ca: aws.authority, phase }, dir);

async function reportOf(loads: Sides<Load>): Promise<Traffic> {
  const reports = await onBothSides((side) => loads[side].stop());
  return {
    protected: reports.protected.phases,
    unprotected: reports.unprotected.phases,
    inconclusive: reports.protected.inconclusive || reports.unprotected.inconclusive,
    // Of both loads the longer one saw every stall.
    stalled: reports.protected.stalled,
  };
}

async function steady(local: Local, progress: Progress): Promise<void> {
  await sleep(4_000);
  const pods = await podsOf(local, NAMESPACES.protected);
  progress.note(
    `${pods.length} pods behind the load balancer: ${pods.map(({ name, ip }) => `${name} ${ip}`).join(', ')}`,
  );
}

/** Asks the shop for another number of pods, and resolves when just as many serve. */
export async function scale(local: Local, replicas: number): Promise<void> {
  const namespace = NAMESPACES.protected;
  const body = { spec: { replicas } };
  await local.kube.patch(KINDS.deployment, { namespace, name: 'web' }, { type: 'merge', body });
  await settled(local, { namespace, replicas });
}

async function roll(local: Local, namespace: string, version: string): Promise<void> {
  const env = [{ name: 'VERSION', value: version }];
  const body = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: 'web' },
    spec: { template: { spec: { containers: [{ name: 'web', env }] } } },
  };
  const patch = { type: 'apply', fieldManager: 'podwire-demo', force: true } as const;
  await local.kube.patch(KINDS.deployment, body.metadata, { ...patch, body });
  await settled(local, { namespace, replicas: REPLICAS, is: (pod) => pod.version === version });
}
