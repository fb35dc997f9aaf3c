import { applyPatch, type Operation } from 'rfc6902';
import type { ElbApi } from '../../src/aws/api.ts';
import type { NewObject } from '../../src/kube/api.ts';
import { Lease } from '../../src/kube/lease.ts';
import type { Deployment, Pod } from '../../src/local/cluster/objects.ts';
import { injectPod, type PodManifest } from '../../src/model/injection.ts';
import type { ControlName } from '../../src/settings/controls.ts';
import type { Life } from '../scenarios/life.ts';
import { deployment, ingress, service } from '../scenarios/manifests.ts';
import { openWorld, type World } from '../scenarios/world.ts';
import { Partition } from './partition.ts';
import type { Schedule, Shop } from './schedule.ts';

/** What is made wrong on purpose, to see that it is found. */
export type Plant =
  | 'deregistrations get lost'
  | 'deregistrations take another one along'
  | 'gates are closed again'
  | 'rules are taken away'
  | 'the sleep is all of the grace'
  | 'nothing is injected';

export type Flaws = { controls?: ControlName[]; plant?: Plant };

/** What is injected in a labelled namespace before its Services have lines. */
const FIRST_LINE = { all: 'v1;45;true;preserve;' };
const LEASE = {
  key: { namespace: 'kube-system', name: 'podwire' },
  times: { durationMs: 10_000, renewDeadlineMs: 7_000, retryMs: 2_000 },
};

type Running = { life: Life; lease?: Lease };

/** How one color of a shop is deployed now. */
type Deployed = { replicas: number; version: number; startDelayMs: number; sick: boolean };

/** The world of one schedule: its shops behind one load balancer, its operators, and what can be done to them. */
export class Stage {
  readonly world: World;
  readonly schedule: Schedule;
  readonly flaws: Flaws;
  readonly partition = new Partition();
  /** Stands between every operator and AWS. */
  watchElb: (elb: ElbApi) => ElbApi = (elb) => elb;
  readonly #running: Running[] = [];
  readonly #deployed = new Map<string, Deployed>(); // name of the Deployment
  readonly #selected = new Map<string, string>(); // shop -> name of the Deployment it sends to
  /** When a Service selected other pods for the last time; monotonic milliseconds. */
  flippedAt = Number.NEGATIVE_INFINITY;
  #contender = 0;

  constructor(world: World, schedule: Schedule, flaws: Flaws) {
    this.world = world;
    this.schedule = schedule;
    this.flaws = flaws;
    world.between = ({ kube, elb, ec2 }) => ({ kube: this.partition.kube(kube), elb: this.watchElb(elb), ec2 });
  }

  /** Everything that stands before the first event; no operator runs yet. */
  async prepare(): Promise<void> {
    const { world, schedule } = this;
    trunkPods(world);
    for (const shop of schedule.shops) await this.#open(shop);
    const rules = schedule.shops.map(({ name }) => ({ path: `/${name}`, service: name }));
    await world.apply(ingress({ name: 'shop', annotations: ANNOTATIONS, rules }));
  }

  async #open(shop: Shop): Promise<void> {
    const { name, replicas, startDelayMs, green } = shop;
    await this.world.apply(service({ name }));
    this.#selected.set(name, name);
    for (const color of green ? [name, greenOf(name)] : [name])
      await this.deploy(color, { replicas, version: 1, startDelayMs, sick: false });
  }

  /** Starts an operator beside those that run. */
  async startOperator(): Promise<void> {
    const { world, schedule } = this;
    if (schedule.operators === 1) return void this.#running.push({ life: await world.start() });
    const kube = this.partition.kube(world.kube);
    const identity = `operator-${(this.#contender += 1)}`;
    let life: Life | undefined;
    const through = new Lease({
      ...LEASE,
      kube: mortal(kube, () => life?.ended === true),
      clock: world.clock,
      identity,
    });
    world.lease = through;
    life = await world.start();
    this.#running.push({ life, lease: through });
  }

  /** Kills the operator that leads, or the only one; false where none runs. */
  crashOperator(): boolean {
    const leading = this.#running.findIndex(({ lease }) => lease?.leads() ?? true);
    const [found] = this.#running.splice(Math.max(0, leading), 1);
    found?.life.end();
    return found !== undefined;
  }

  /** Whether one of them acts. */
  get acts(): boolean {
    return !this.partition.isCut && this.#running.some(({ lease }) => lease?.leads() ?? true);
  }

  get running(): number {
    return this.#running.length;
  }

  selected(shop: string): string {
    return this.#selected.get(shop) ?? shop;
  }

  deployed(name: string): Deployed {
    const found = this.#deployed.get(name);
    if (found === undefined) throw new Error(`no Deployment ${name}`);
    return found;
  }

  async deploy(name: string, change: Partial<Deployed>): Promise<void> {
    const now = { ...this.#deployed.get(name), ...change } as Deployed;
    this.#deployed.set(name, now);
    const { replicas, version, startDelayMs, sick } = now;
    const annotations = {
      'local.podwire.dev/start-delay-ms': String(startDelayMs),
      ...(sick && { 'local.podwire.dev/ready': 'false' }),
    };
    await this.world.apply(deployment({ name, replicas, version: String(version), graceSeconds: 30, annotations }));
  }

  /** Deployments whose pods are not all there and of the present version. */
  unsettled(): string[] {
    const all = this.world.cluster.store.list('apps/deployments') as Deployment[];
    return all.filter((one) => !isSettled(one)).map(({ metadata }) => metadata.name);
  }

  async flip(shop: string): Promise<void> {
    const to = this.selected(shop) === shop ? greenOf(shop) : shop;
    this.#selected.set(shop, to);
    this.flippedAt = this.world.clock.monotonic();
    await this.world.apply(service({ name: shop, app: to }));
  }

  /** Pods of the color a shop sends to, without those that are being deleted or have ended, by name. */
  podsOf(shop: string): Pod[] {
    const app = this.selected(shop);
    return (this.world.cluster.store.list('/pods') as Pod[]).filter(
      ({ metadata, status }) =>
        metadata.labels?.['app'] === app &&
        metadata.deletionTimestamp === undefined &&
        status?.phase !== 'Failed' &&
        status?.phase !== 'Succeeded',
    );
  }
}

function isSettled({ metadata, spec, status = {} }: Deployment): boolean {
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
  const wanted = spec.replicas ?? 1;
  return status.observedGeneration === metadata.generation && counts.every((count = 0) => count === wanted);
}

const greenOf = (shop: string): string => `${shop}-green`;

const ANNOTATIONS = { 'healthcheck-interval-seconds': '5', 'healthcheck-timeout-seconds': '2' };

export async function openStage(schedule: Schedule, flaws: Flaws): Promise<Stage> {
  const { seed, lagMs, latencyMs } = schedule;
  const injecting: { world?: World } = {};
  const world = await openWorld({
    workloads: true,
    aws: { seed, propagationLagMs: lagMs, latencyMs },
    admit: (pod) => admit(pod, injecting.world, flaws.plant),
    ...(flaws.controls && { controls: flaws.controls }),
  });
  injecting.world = world;
  return new Stage(world, schedule, flaws);
}

/** Injects what the webhook would: from the namespace's drain lines and from the one of the first generation. */
function admit(pod: NewObject, world: World | undefined, plant: Plant | undefined): NewObject {
  if (plant === 'nothing is injected') return pod;
  const lines = world?.cluster.store.get('/configmaps', 'shop/podwire-drain') as
    | { data?: Record<string, string> }
    | undefined;
  const injected = structuredClone(pod) as unknown as PodManifest;
  applyPatch(injected, injectPod(injected, [FIRST_LINE, lines?.data ?? {}]) as Operation[]);
  const sleep = injected.spec.containers[0]?.lifecycle?.preStop?.sleep?.seconds;
  if (plant === 'the sleep is all of the grace' && sleep !== undefined)
    injected.spec.terminationGracePeriodSeconds = sleep;
  return injected as unknown as NewObject;
}

/** Pods have addresses of their node's network interface, so that its security groups decide who reaches them. */
function trunkPods({ aws, nodes }: World): void {
  for (const network of aws.state.networkInterfaces.values()) {
    const node = nodes.find(({ instanceId }) => instanceId === network.instanceId);
    if (node !== undefined) network.ipv4Prefixes = [node.pools.vpc.cidr];
  }
}

/** The API of a process: what it asks for after its end never happens. */
function mortal(kube: ReturnType<Partition['kube']>, ended: () => boolean): ReturnType<Partition['kube']> {
  const alive = <T>(call: () => Promise<T>): Promise<T> => (ended() ? new Promise(() => undefined) : call());
  return {
    ...kube,
    get: (...given) => alive(() => kube.get(...given)),
    create: (...given) => alive(() => kube.create(...given)),
    patch: (...given) => alive(() => kube.patch(...given)),
  };
}
