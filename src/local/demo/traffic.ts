import { setTimeout as sleep } from 'node:timers/promises';
import type { ListenerAddress } from '../aws/dataplane/address-book.ts';
import { KINDS } from '../cluster/objects.ts';
import type { Local } from '../local.ts';
import type { LoadReport } from '../traffic/generator.ts';
import type { LoadTarget } from '../traffic/request.ts';
import { type Load, startLoad } from '../traffic/traffic.ts';
import type { Progress } from './progress.ts';
import { until } from '../until.ts';
import { podsOf, targetsOf } from '../world.ts';

const NAMESPACE = 'shop';
/** Requests per second. */
const RATE = 60;
const TIMEOUT_MS = 5_000;
/** As long as a load balancer node may take to act on what AWS already says: a phase ends after it. */
const LAG_MS = 4_000;

type Asked = { host: string; path: string; protocol: ListenerAddress['protocol'] };
const ASKED: Asked[] = [
  { host: 'www.shop.localhost', path: '/', protocol: 'HTTP' },
  { host: 'www.shop.localhost', path: '/cart/7', protocol: 'HTTPS' },
  { host: 'api.shop.localhost', path: '/v1/items', protocol: 'HTTP' },
];

/** Every host and path of the shop, on every node of its load balancer. */
export const shopTargets = (listeners: ListenerAddress[]): LoadTarget[] =>
  listeners.flatMap((listener) =>
    ASKED.filter(({ protocol }) => protocol === listener.protocol).map(({ host, path, protocol }) => ({
      url: `${protocol.toLowerCase()}://${host}${path}`,
      connect: listener,
      expectStatus: 200,
    })),
  );

/** Load on the shop while its pods come and go. Nothing of it is ever sent twice. */
export async function runTraffic(local: Local, targets: LoadTarget[], progress: Progress): Promise<LoadReport> {
  const load = await startLoad(
    {
      targets,
      rate: RATE,
      timeoutMs: TIMEOUT_MS,
      ca: local.aws.authority,
      phase: 'steady',
    },
    local.dir,
  );
  await steady(local, progress);
  progress.step('scale from 3 to 6 replicas, under load');
  await load.phase('scale 3 to 6');
  await scale(local, 6);
  progress.step('scale from 6 to 2 replicas, under load: the pods that leave serve on until nobody sends to them');
  await load.phase('scale 6 to 2');
  await scale(local, 2);
  progress.step('rolling update of the 2 replicas to version 2, under load');
  await load.phase('rolling update');
  await roll(local, progress);
  return finish(load);
}

async function finish(load: Load): Promise<LoadReport> {
  await sleep(1_000);
  return load.stop();
}

async function steady(local: Local, progress: Progress): Promise<void> {
  await sleep(4_000);
  const pods = await podsOf(local, NAMESPACE);
  progress.note(
    `${pods.length} pods behind the load balancer: ${pods.map(({ name, ip }) => `${name} ${ip}`).join(', ')}`,
  );
}

/** Resolves when as many pods serve, no other is left, and the target group has just them. */
async function scale(local: Local, replicas: number): Promise<void> {
  const key = { namespace: NAMESPACE, name: 'web' };
  await local.kube.patch(KINDS.deployment, key, { type: 'merge', body: { spec: { replicas } } });
  await settled(local, replicas, () => true);
}

async function roll(local: Local, progress: Progress): Promise<void> {
  const replicas = (await podsOf(local, NAMESPACE)).length;
  const env = [{ name: 'VERSION', value: '2' }];
  const template = { spec: { containers: [{ name: 'web', env }] } };
  const patch = { type: 'apply', fieldManager: 'podwire-demo', force: true } as const;
  const body = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: NAMESPACE, name: 'web' },
    spec: { template },
  };
  await local.kube.patch(KINDS.deployment, body.metadata, { ...patch, body });
  await settled(local, replicas, ({ version }) => version === '2');
  progress.note('every pod is of version 2, and the old ones are gone');
}

async function settled(local: Local, replicas: number, is: (pod: { version: string }) => boolean): Promise<void> {
  await until(`${replicas} pods that serve`, async () => {
    const pods = await podsOf(local, NAMESPACE);
    return pods.length === replicas && pods.every((pod) => pod.ready && !pod.leaving && is(pod));
  });
  await until(`${replicas} healthy targets`, async () => {
    const targets = [...(await targetsOf(local)).values()].flat().filter(({ state }) => state !== 'draining');
    return targets.length === replicas && targets.every(({ state }) => state === 'healthy');
  });
  await sleep(LAG_MS);
}
