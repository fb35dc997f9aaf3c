import type { Fault } from '../../src/local/aws/settings.ts';
import { evictionOf, KINDS, type Pod } from '../../src/local/cluster/objects.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { AwsTrouble, Deed, Kind } from './schedule.ts';
import type { Stage } from './stage.ts';

/** What is to be done later because of what was done now. */
export type Later = { afterMs: number; run: () => Promise<Later | void> };

type Doing<K extends Kind> = (deed: Extract<Deed, { kind: K }>, stage: Stage) => Promise<Later | void>;

/** Carries out one event. */
export function doDeed(deed: Deed, stage: Stage): Promise<Later | void> {
  const run = DEEDS[deed.kind] as (deed: Deed, stage: Stage) => Promise<Later | void>;
  return run(deed, stage);
}

const DEEDS: { [K in Kind]: Doing<K> } = {
  restart: ({ shop, startDelayMs }, stage) => {
    const name = stage.selected(shop);
    return stage.deploy(name, { version: stage.deployed(name).version + 1, startDelayMs });
  },
  scale: ({ shop, replicas }, stage) => stage.deploy(stage.selected(shop), { replicas }),
  delete: ({ shop, pod, graceSeconds }, stage) =>
    withPod(stage, { shop, pod }, async ({ namespace, name }) => {
      await stage.world.kube.delete(KINDS.pod, {
        namespace,
        name,
        ...(graceSeconds !== undefined && { graceSeconds }),
      });
    }),
  evict: ({ shop, pod }, stage) =>
    withPod(stage, { shop, pod }, async ({ namespace, name }) => {
      await stage.world.kube.create(evictionOf(name), { metadata: { name, namespace } });
    }),
  pressure: ({ shop, pod }, stage) =>
    withPod(stage, { shop, pod }, async (found) => stage.world.kubelet?.evict(found).catch(() => undefined)),
  shutdown: async ({ node, seconds, backMs }, { world }) => {
    const name = world.nodes[node]?.name ?? '';
    await world.kubelet?.shutDownNode(name, seconds);
    return { afterMs: backMs, run: async () => world.kubelet?.startNode(name) };
  },
  flip: ({ shop }, stage) => stage.flip(shop),
  flap: ({ shop, pod, forMs }, stage) =>
    withPod(stage, { shop, pod }, async ({ name }) => {
      await annotate(stage, name, 'false');
      return { afterMs: forMs, run: () => annotate(stage, name, null) };
    }),
  sick: async ({ shop, forMs }, stage) => {
    const name = stage.selected(shop);
    await stage.deploy(name, { version: stage.deployed(name).version + 1, sick: true });
    return { afterMs: forMs, run: () => stage.deploy(name, { sick: false }) };
  },
  crash: async ({ downMs }, stage) => {
    if (!stage.crashOperator()) return undefined;
    return { afterMs: downMs, run: () => comeBack(stage) };
  },
  outage: async ({ forMs }, { partition }) => {
    if (partition.isCut) return undefined;
    partition.cut();
    return { afterMs: forMs, run: async () => partition.heal() };
  },
  aws: async ({ trouble, forMs, probability }, { world }) => {
    const fault = { ...FAULTS[trouble], forMs, probability };
    const until = world.clock.monotonic();
    const standing = world.aws.settings.faults.filter((one) => (one.until ?? 0) > until);
    world.aws.configure({ faults: [...standing, fault] });
  },
  reregistration: async ({ mode }, { world }) => world.aws.configure({ reregistration: mode }),
  reuse: async ({ restMs, next }, { world }) => world.kubelet?.reuseAddresses({ restMs, next }),
  budget: async ({ shop, propagation, hold }, { world }) => {
    const annotations = {
      ...(propagation !== undefined && { 'podwire.dev/drain-propagation-seconds': String(propagation) }),
      ...(hold !== undefined && { 'podwire.dev/drain-hold-seconds': hold }),
    };
    await world.patch(RESOURCES.service, shop, { namespace: 'shop', body: { metadata: { annotations } } });
  },
};

/** A process that cannot reach the API server at its start ends, and is started again. */
async function comeBack(stage: Stage): Promise<Later | void> {
  if (stage.partition.isCut) return { afterMs: 1_000, run: () => comeBack(stage) };
  await stage.startOperator();
}

const FAULTS: Record<AwsTrouble, Fault> = {
  throttle: { action: '*', code: 'Throttling' },
  error: { action: '*', code: 'InternalFailure', when: 'before' },
  'lost answer': { action: '*', code: 'InternalFailure', when: 'after' },
  half: { action: '*', code: 'InternalFailure', when: 'half' },
  'describe down': { action: 'DescribeTargetHealth', code: 'ServiceUnavailable' },
};

type PodName = { namespace: string; name: string };

/** Does something to one of the shop's pods; nothing where it has none. */
async function withPod(
  stage: Stage,
  { shop, pod }: { shop: string; pod: number },
  run: (pod: PodName) => Promise<Later | void>,
): Promise<Later | void> {
  const pods: Pod[] = stage.podsOf(shop);
  const found = pods[pod % Math.max(1, pods.length)];
  if (found !== undefined) return run({ namespace: 'shop', name: found.metadata.name });
}

/** Whether the pod says that it is ready. It may be gone by now. */
const annotate = ({ world }: Stage, name: string, ready: string | null): Promise<void> =>
  world
    .patch(KINDS.pod, name, {
      namespace: 'shop',
      body: { metadata: { annotations: { 'local.podwire.dev/ready': ready } } },
    })
    .then(
      () => undefined,
      () => undefined,
    );
