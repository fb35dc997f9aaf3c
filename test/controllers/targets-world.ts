import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import { Budget } from '../../src/aws/budget.ts';
import { Facts } from '../../src/aws/facts.ts';
import { openNetworking } from '../../src/aws/networking.ts';
import { openTargets } from '../../src/aws/targets.ts';
import type {
  Endpoint,
  EndpointSlice,
  Node,
  Pod,
  Service,
  TargetGroupObject,
  TargetGroupSpec,
  TargetGroupStatus,
} from '../../src/cluster/objects.ts';
import { reconcileLeaving } from '../../src/controllers/leaving.ts';
import { openMemory } from '../../src/controllers/target-memory.ts';
import { reconcileTargets, type TargetsDeps } from '../../src/controllers/targets.ts';
import type { Patch } from '../../src/kube/api.ts';
import { LocalAws } from '../../src/local/aws/aws.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { addInstance, createSecurityGroup } from '../../src/local/aws/network.ts';
import type { LocalAwsSettings } from '../../src/local/aws/settings.ts';
import { simulateProbes } from '../../src/local/aws/simulated-probes.ts';
import { noMetrics } from '../../src/metrics.ts';
import { networkOf } from '../../src/model/network.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Failure, WorkQueue } from '../../src/runtime/workqueue.ts';
import { type Controls, NO_CONTROLS } from '../../src/settings/controls.ts';
import { endpoint, meta, node, service, slice, spec } from '../model/samples.ts';

export const KEY = 'shop/web';

/** The target group is used by a listener unless `unattached`. */
export type WorldOptions = {
  settings?: Partial<LocalAwsSettings>;
  spec?: Partial<TargetGroupSpec>;
  unattached?: boolean;
};

/** One TargetGroup object `shop/web`, the stores that the lane reads, local AWS behind it, and time that is told to move. */
export class TargetsWorld {
  readonly clock = new VirtualClock();
  readonly aws: LocalAws;
  readonly failures: Failure[] = [];
  /** Pod and instance ids whose health checks fail. */
  readonly sick = new Set<string>();
  readonly statusWrites: number[] = [];
  objects = new Map<string, TargetGroupObject>();
  services = new Map<string, Service>([['web', service()]]);
  slices: EndpointSlice[] = [];
  nodes: Node[] = [];
  /** Pods of the namespace; they are known to be all only when told so. */
  pods: Pod[] = [];
  podsSynced = false;
  readonly told: string[] = [];
  controls: Controls = NO_CONTROLS;
  /** How far the clock of the API server is ahead. */
  serverAheadMs = 0;
  synced = true;
  /** A call after which the operator is gone: it neither sees the answer nor does anything else. */
  crashAfter: number | undefined;
  backend = '';
  nodeGroup = '';
  #made = 0;
  #queues: WorkQueue[] = [];
  /** Which operator lives: what another one still asks for never happens. */
  #life = 0;

  constructor(settings: Partial<LocalAwsSettings> = {}) {
    this.aws = new LocalAws({ clock: this.clock, settings });
    simulateProbes(this.aws, (_group, { id }) =>
      this.sick.has(id)
        ? { ok: false, reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }
        : { ok: true },
    );
  }

  get object(): TargetGroupObject {
    return this.objects.get(KEY) as TargetGroupObject;
  }

  /** The registered targets that take traffic or may soon, by address. */
  get registered(): string[] {
    return this.targetsOf(this.object.spec.arn, (state) => state !== 'draining');
  }

  get healthy(): string[] {
    return this.targetsOf(this.object.spec.arn, (state) => state === 'healthy');
  }

  targetsOf(arn: string, keep: (state: string) => boolean): string[] {
    const targets = [...(this.aws.state.targetGroups.get(arn)?.targets.values() ?? [])];
    return targets
      .filter(({ state }) => keep(state))
      .map(({ id, port }) => `${id}:${port}`)
      .toSorted();
  }

  /** Actions of the calls since `resetCalls`, in order. */
  get calls(): string[] {
    return this.aws.calls.latest().map(({ action }) => action);
  }

  condition(type: string): string {
    const found = this.object.status.conditions?.find((one) => one.type === type);
    return `${found?.status} ${found?.reason}`;
  }

  /** Starts an operator with an empty memory. */
  start(): void {
    const elb = this.#crashing(localElbApi(this.aws));
    const ec2 = this.#crashing(localEc2Api(this.aws));
    const deps = this.#deps(elb, ec2);
    this.#queues = [reconcileTargets, reconcileLeaving].map(
      (reconcile) =>
        new WorkQueue({
          clock: this.clock,
          concurrency: 4,
          reconcile: (key) => reconcile(key, deps),
          onError: (failure) => this.failures.push(failure),
        }),
    );
    for (const key of this.objects.keys()) this.#add(key);
  }

  /** Ends the operator as a kill would: whatever it was doing is not done. */
  kill(): void {
    for (const queue of this.#queues) void queue.stop();
    this.#queues = [];
    this.#life += 1;
  }

  /** As the operator does: what leaves is looked at first. */
  #add(key: string): void {
    for (const queue of this.#queues.toReversed()) queue.add(key);
  }

  restart(): void {
    this.kill();
    this.crashAfter = undefined;
    this.start();
  }

  /** Puts exactly these endpoints into the Service's one slice, and lets the operator know. */
  async put(endpoints: Endpoint[], ms = 0): Promise<void> {
    this.slices = [...this.slices.filter((one) => one.service !== 'web'), slice(endpoints)];
    await this.changed(ms);
  }

  async changed(ms = 0): Promise<void> {
    for (const key of this.objects.keys()) this.#add(key);
    await this.clock.advance(ms);
  }

  /** Deregisters targets past the operator. */
  takeOut(...keys: string[]): void {
    const Targets = keys.map((key) => ({
      Id: key.slice(0, key.lastIndexOf(':')),
      Port: Number(key.split(':').at(-1)),
    }));
    void localElbApi(this.aws).deregisterTargets({ TargetGroupArn: this.object.spec.arn, Targets });
  }

  /** Deletes the object, and lets the operator know. */
  async remove(key: string): Promise<void> {
    this.objects.delete(key);
    this.#add(key);
    await this.clock.advance(1_000);
  }

  #deps(elb: ElbApi, ec2: Ec2Api): TargetsDeps {
    const { clock } = this;
    const budget = new Budget({ clock });
    const ec2InBudget = budget.ec2(ec2);
    const facts = new Facts({ ec2: ec2InBudget, clock, vpcId: this.aws.settings.vpcId });
    const nodeFacts = {
      instances: (ids: readonly string[]) => facts.instances(ids),
      securityGroups: async () => (await facts.forStack()).securityGroups,
    };
    return {
      cluster: this.#cluster(),
      kube: {
        patch: (_resource, key, patch) => this.#patch(`${key.namespace}/${key.name}`, patch),
        serverNow: () => this.clock.now() + this.serverAheadMs,
      },
      targets: openTargets(
        budget.elb(elb),
        () => budget.fill('elb-register'),
        (one) => budget.deregister(elb, one),
      ),
      networking: openNetworking(ec2InBudget, nodeFacts, { name: 'local', uid: 'cluster-uid' }),
      network: async () => networkOf(await facts.subnets(), ['192.168.0.0/16']),
      clock,
      onGroupGone: () => undefined,
      log: { info: () => undefined },
      memory: openMemory(),
      metrics: noMetrics,
      controls: this.controls,
      writeEvent: ({ kind, name }, { reason, message }) => void this.told.push(`${kind} ${name} ${reason}: ${message}`),
      wake: { targets: (key) => this.#queues[0]?.add(key), leaving: (key) => this.#queues[1]?.add(key) },
    };
  }

  #cluster(): TargetsDeps['cluster'] {
    return {
      synced: () => this.synced,
      targetGroup: (namespace, name) => this.objects.get(`${namespace}/${name}`),
      targetGroups: () => this.objects.values(),
      service: (_namespace, name) => this.services.get(name),
      slicesOf: (_namespace, name) => this.slices.filter((one) => one.service === name),
      slicesAt: (address) =>
        this.slices.filter(({ endpoints }) => endpoints.some(({ addresses }) => addresses[0] === address)),
      node: (name) => this.nodes.find((one) => one.name === name),
      nodes: () => this.nodes,
      nodesAt: (address) => this.nodes.filter(({ addresses }) => addresses.includes(address)),
      podsSynced: () => this.podsSynced,
      podByUid: (uid) => this.pods.find((one) => one.uid === uid),
      podsOfNamespace: () => this.pods,
      podsAt: (address) => this.pods.filter(({ addresses }) => addresses.includes(address)),
    };
  }

  async #patch(key: string, patch: Patch): Promise<never> {
    const { status } = patch.body as { status: TargetGroupStatus & { registeredHash: string | null } };
    const { registeredHash, ...rest } = status;
    const object = this.objects.get(key);
    if (object) {
      const merged = { ...object.status, ...rest, ...(registeredHash === null ? {} : { registeredHash }) };
      if (registeredHash === null) delete merged.registeredHash;
      this.objects.set(key, { ...object, status: merged });
      this.statusWrites.push(this.clock.now());
    }
    return object as never;
  }

  /** From the given call on, the operator hears nothing any more; the call itself takes effect. */
  #crashing<Api extends object>(api: Api): Api {
    const gone = new Promise<never>(() => undefined);
    const life = this.#life;
    return new Proxy(api, {
      get: (target, method) => async (input: unknown) => {
        const crashed = this.crashAfter !== undefined && this.#made >= this.crashAfter;
        if (crashed || life !== this.#life) return gone;
        this.#made += 1;
        const call = Reflect.get(target, method) as (input: unknown) => Promise<unknown>;
        const answer = await call(input);
        return this.crashAfter !== undefined && this.#made >= this.crashAfter ? gone : answer;
      },
    });
  }

  /** Forgets the calls made so far: `crashAfter` counts from here. */
  resetCalls(): void {
    this.#made = 0;
    this.aws.calls.clear();
  }
}

/** A world with one node, a target group of the wanted kind, and a running operator. */
export async function createTargetsWorld(options: WorldOptions = {}): Promise<TargetsWorld> {
  const world = new TargetsWorld(options.settings);
  const { aws } = world;
  addNode(world, 1);
  world.nodeGroup = [...aws.state.securityGroups.values()].find(({ name }) => name === 'nodes')?.id ?? '';
  world.backend = createSecurityGroup(aws, {
    name: 'backend',
    description: 'backend',
    vpcId: aws.settings.vpcId,
    tags: {},
  }).id;
  await addTargetGroup(world, { name: 'web', ...options });
  world.resetCalls();
  world.start();
  return world;
}

export function addNode(world: TargetsWorld, n: number): string {
  const id = addInstance(world.aws, { privateAddresses: [`10.0.1.${200 + n}`] });
  world.nodes = [
    ...world.nodes,
    node(n, { providerID: `aws:///eu-central-1a/${id}`, addresses: [`10.0.1.${200 + n}`] }),
  ];
  return id;
}

/** A target group in AWS behind a load balancer of its own, and the object that names it. */
export async function addTargetGroup(
  world: TargetsWorld,
  options: WorldOptions & { name: string; service?: string },
): Promise<void> {
  const { aws } = world;
  const elb = localElbApi(aws);
  const { TargetGroups } = await elb.createTargetGroup({
    Name: options.name,
    Protocol: 'HTTP',
    Port: 8080,
    VpcId: aws.settings.vpcId,
    TargetType: options.spec?.targetType ?? 'ip',
    IpAddressType: options.spec?.addressFamily === 'IPv6' ? 'ipv6' : 'ipv4',
  });
  const arn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  if (!options.unattached) await attach(world, options.name, arn);
  const object: TargetGroupObject = {
    ...meta(options.name),
    spec: spec({
      arn,
      service: { name: options.service ?? 'web', port: { name: 'http' } },
      vpcId: aws.settings.vpcId,
      backendSecurityGroup: world.backend,
      ...options.spec,
    }),
    status: {},
  };
  world.objects.set(`shop/${options.name}`, object);
}

export async function attach(world: TargetsWorld, name: string, arn: string): Promise<void> {
  const elb = localElbApi(world.aws);
  const subnets = [...world.aws.state.subnets.values()].filter((subnet) => subnet.mapPublicIpOnLaunch);
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: name, Subnets: subnets.map(({ id }) => id) });
  await elb.createListener({
    LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: arn }],
  });
}

/** A ready pod at 10.0.1.<n>, in a subnet of local AWS. */
export const pod = (n: number, more: Partial<Endpoint> = {}): Endpoint =>
  endpoint(n, { addresses: [`10.0.1.${n}`], ...more });
export const leaving = (n: number, serving = true): Endpoint => pod(n, { ready: false, serving, terminating: true });

/** Keys of the targets of these pods. */
export const at = (...ns: number[]): string[] => ns.map((n) => `10.0.1.${n}:8080`).toSorted();
export const pods = (...ns: number[]): Endpoint[] => ns.map((n) => pod(n));

/** A world whose group serves the pods, seen healthy, with its status written. */
export async function serving(...ns: number[]): Promise<TargetsWorld> {
  const world = await createTargetsWorld();
  await world.put(pods(...ns), 20_000);
  world.resetCalls();
  return world;
}

/** Runs `during` at every change of the group, and returns what it found. */
export function watch<T>(world: TargetsWorld, look: () => T): T[] {
  const found: T[] = [];
  world.aws.onChange(({ kind }) => {
    if (kind === 'targets') found.push(look());
  });
  return found;
}

/** Ports that the node security group admits from the backend security group. */
export function rulesOf(world: TargetsWorld): number[] {
  const rules = world.aws.state.securityGroups.get(world.nodeGroup)?.rules ?? [];
  return rules
    .filter((rule) => !rule.egress && rule.groupId === world.backend)
    .map((rule) => rule.fromPort ?? -1)
    .toSorted((a, b) => a - b);
}
