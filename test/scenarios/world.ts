import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { nameFor } from '../../src/api/controller.ts';
import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import { policyOf } from '../../src/aws/policy.ts';
import { FEATURE_NAMES } from '../../src/aws/rights/features.ts';
import type { Condition } from '../../src/cluster/objects.ts';
import type { KubeApi, KubeObject, NewObject, Resource } from '../../src/kube/api.ts';
import type { Lease } from '../../src/kube/lease.ts';
import { operatorRights } from '../../src/kube/rights.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { LocalAws } from '../../src/local/aws/aws.ts';
import { reaches, sourceOf } from '../../src/local/aws/dataplane/reachability.ts';
import { targetAddress } from '../../src/local/aws/dataplane/wanted.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { addInstance } from '../../src/local/aws/network.ts';
import type { LocalAwsSettings } from '../../src/local/aws/settings.ts';
import { simulateProbes } from '../../src/local/aws/simulated-probes.ts';
import type { ProbeResult, TargetGroup, TargetKey } from '../../src/local/aws/state.ts';
import { createCluster } from '../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../src/local/cluster/api/kube-api.ts';
import { startWorkloadControllers } from '../../src/local/cluster/controllers/controllers.ts';
import { type Kubelet, startKubelet } from '../../src/local/cluster/kubelet/kubelet.ts';
import { localNodes, type NodeOptions, type NodesRequest, registerNode } from '../../src/local/cluster/kubelet/node.ts';
import { SimulatedRuntime } from '../../src/local/cluster/kubelet/simulated-runtime.ts';
import { readManifests } from '../../src/local/manifests.ts';
import { listenersOf, usable } from '../../src/local/cluster/node-ports/choice.ts';
import type { EndpointSlice, Service } from '../../src/local/cluster/objects.ts';
import { type Metrics, noMetrics } from '../../src/metrics.ts';
import { type Operator, startOperator } from '../../src/operator.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { readSettings, type Settings } from '../../src/settings/settings.ts';
import type { ControlName } from '../../src/settings/controls.ts';
import { type Death, Life } from './life.ts';
import { restrictedKube } from './rights.ts';

export type WorldOptions = {
  aws?: Partial<LocalAwsSettings>;
  settings?: Partial<Settings>;
  /** Parts of the protection that are switched off. */
  controls?: ControlName[];
  nodes?: NodesRequest;
  /** Whether Deployments, pods and EndpointSlices come to life; without it the test writes EndpointSlices, and every target answers. */
  workloads?: boolean;
  /** What admission makes of a pod that is created. */
  admit?: (pod: NewObject) => NewObject;
};

export const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-4000-8000-000000000001';

const SETTINGS = settingsOf([
  '--cluster-name',
  'local',
  '--region',
  'eu-central-1',
  '--vpc-id',
  'vpc-0a1b2c3d4e5f60718',
]);

/** The access key of the operators of a cluster, which have the rights of that cluster only; whoever has none may do everything. */
export const accessKeyOf = (clusterName: string): string => `operator.${clusterName}`;

/** The settings of a command line, as `podwire run` reads it. */
function settingsOf(args: string[]): Settings {
  const read = readSettings(args, {});
  if ('problems' in read) throw new Error(read.problems.join('; '));
  return read.settings;
}

export type Apis = { kube: KubeApi; elb: ElbApi; ec2: Ec2Api };

export type LogLine = { level: string; about: object; message: string };

/** Local AWS, a local cluster and the operator in one process, in time that is told to move. */
export class World {
  readonly clock = new VirtualClock();
  readonly aws: LocalAws;
  readonly cluster: ReturnType<typeof createCluster>;
  readonly kube: KubeApi;
  readonly runtime: SimulatedRuntime;
  readonly nodes: NodeOptions[];
  /** Of a world with workloads: evictions, node shutdowns and the states of pods. */
  kubelet: Kubelet | undefined;
  readonly log: LogLine[] = [];
  /** What went wrong outside the operator. */
  readonly errors: string[] = [];
  readonly #options: WorldOptions;
  /** How far the operator's wall clock is ahead of that of the API server. */
  skewMs = 0;
  /** Where the operator tells what it measures, from the next start on. */
  metrics: Metrics = noMetrics;
  life = new Life();
  operator: Operator | undefined;
  /** What the next operator contends for; none acts without it. */
  lease: Lease | undefined;
  /** Puts somebody between the operator and its APIs. */
  between: (apis: Apis) => Apis = (apis) => apis;

  constructor(options: WorldOptions) {
    const { clock } = this;
    this.#options = options;
    this.aws = new LocalAws({ clock, settings: { networkInterfaceLingerMs: 3_000, ...options.aws } });
    this.cluster = createCluster({ clock });
    this.kube = admitting(localKubeApi(this.cluster), options.admit);
    this.runtime = new SimulatedRuntime(clock);
    this.nodes = localNodes(options.nodes);
    for (const { instanceId: id, zone, address } of this.nodes)
      addInstance(this.aws, { id, zone, privateAddresses: [address] });
    this.aws.state.certificates.set(CERTIFICATE, certificate());
    simulateProbes(this.aws, (group, target) => this.probe(group, target));
  }

  /** Starts an operator with an empty memory; it runs, without any time passed, when its stores are full. */
  async start(death?: Death, settings: Partial<Settings> = {}): Promise<Life> {
    const life = new Life(death);
    const { aws } = this;
    this.life = life;
    const all = { ...SETTINGS, ...this.#options.settings, ...settings };
    const key = this.#permit(all);
    const apis = this.between({ kube: this.#permitted(all), elb: localElbApi(aws, key), ec2: localEc2Api(aws, key) });
    const starting = startOperator({
      instance: 'test',
      kube: life.kube(apis.kube),
      elb: life.aws(apis.elb, 'elasticloadbalancing'),
      ec2: life.aws(apis.ec2, 'ec2'),
      clock: { ...life.clock(this.clock), now: () => this.clock.now() + this.skewMs },
      ...(this.lease && { lease: this.lease }),
      metrics: this.metrics,
      log: this.#logger(),
      settings: all,
      controls: new Set(this.#options.controls),
    });
    await this.clock.advance(0);
    this.operator = await starting;
    await (this.lease ? this.operator.synced : this.operator.running);
    return life;
  }

  /** The API server as the operator's roles let it be seen. */
  #permitted({ ownNamespace, controllerId }: Settings): KubeApi {
    return restrictedKube(this.kube, operatorRights(controllerId), ownNamespace);
  }

  /** Gives an operator the policy of its cluster; returns its access key. */
  #permit({ clusterName, controllerId }: Settings): string {
    const accessKey = accessKeyOf(nameFor(clusterName, controllerId));
    const policy = policyOf({ clusterName, controllerId, vpcId: this.aws.settings.vpcId, features: FEATURE_NAMES });
    const { policies } = this.aws.settings;
    if (policies[accessKey] === undefined) this.aws.configure({ policies: { ...policies, [accessKey]: policy } });
    return accessKey;
  }

  /** Ends the operator as a kill would: whatever it was doing stays as it is. */
  kill(): void {
    this.life.end();
  }

  async restart(): Promise<Life> {
    this.kill();
    return this.start();
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Applies objects as kubectl does. */
  async apply(...objects: object[]): Promise<void> {
    for (const given of objects) {
      const body = given as NewObject & { apiVersion: string; kind: string };
      const { name, namespace } = body.metadata;
      const key = { name, ...(namespace !== undefined && { namespace }) };
      const patch = { type: 'apply' as const, body, fieldManager: 'test', force: true };
      await this.kube.patch(this.#resourceOf(body), key, patch);
    }
  }

  /** Applies a YAML text. */
  async applyYaml(text: string): Promise<void> {
    await this.apply(...(loadAll(text) as object[]).filter((object) => object !== null));
  }

  delete(resource: Resource, name: string, namespace?: string): Promise<void> {
    return this.kube.delete(resource, { name, ...(namespace !== undefined && { namespace }) });
  }

  patch(resource: Resource, name: string, change: { namespace?: string; body: object }): Promise<KubeObject> {
    const key = { name, ...(change.namespace !== undefined && { namespace: change.namespace }) };
    return this.kube.patch(resource, key, { type: 'merge', body: change.body });
  }

  /** Sets annotations of an Ingress; null takes one away. */
  annotate(name: string, annotations: Record<string, string | null>, namespace = 'shop'): Promise<KubeObject> {
    return this.patch(RESOURCES.ingress, name, { namespace, body: { metadata: { annotations } } });
  }

  /** Events about an object: `<reason>: <message>`. */
  async events(name: string, namespace = 'shop'): Promise<string[]> {
    const events = await this.kube.list(RESOURCES.event, { namespace });
    return events
      .filter((event) => (event['regarding'] as { name: string }).name === name)
      .map((event) => `${String(event['reason'])}: ${String(event['note'])}`);
  }

  /** Conditions of a LoadBalancer or TargetGroup object: `<type>=<status> <reason>: <message>`. */
  async conditions(resource: Resource, name: string, namespace?: string): Promise<string[]> {
    const key = { name, ...(namespace !== undefined && { namespace }) };
    const { status } = ((await this.kube.get(resource, key)) ?? {}) as { status?: { conditions?: Condition[] } };
    return (status?.conditions ?? []).map(
      ({ type, status: is, reason, message }) => `${type}=${is} ${reason}: ${message}`,
    );
  }

  /** What a health check of a target comes to: security groups, node ports and pods are as in a cluster. */
  probe(group: TargetGroup, target: TargetKey): ProbeResult {
    if (this.#options.workloads !== true) return { ok: true };
    const port = group.healthCheck.port === 'traffic-port' ? target.port : Number(group.healthCheck.port);
    const [arn] = group.loadBalancerArns;
    const loadBalancer = arn === undefined ? undefined : this.aws.state.loadBalancers.get(arn);
    const address = targetAddress(this.aws.state, target);
    if (loadBalancer && !reaches(this.aws.state, sourceOf(loadBalancer), { address, port }))
      return { ok: false, reason: 'Target.Timeout' };
    return this.answers(address, port, group.healthCheck.path)
      ? { ok: true }
      : { ok: false, reason: 'Target.FailedHealthChecks' };
  }

  /** Whether a request to this address and port would be answered: by a pod, through a node port, or by a health check node port. */
  answers(address: string, port: number, path?: string): boolean {
    const answer = this.runtime.answer(address, port, path);
    const node = this.nodes.find((one) => one.address === address);
    if (node === undefined || answer !== 'refused') return answer === 'ok'; // also a pod on the network of its node
    const listeners = this.#nodeListeners();
    const health = listeners.flatMap(({ healthPorts }) => healthPorts).find((one) => one.port === port);
    if (health !== undefined) return health.backends.some((backend) => backend.node === node.name);
    const ports = listeners.flatMap(({ nodePorts }) => nodePorts).filter((one) => one.port === port);
    const behind = ports.flatMap((one) => usable(one, node.name));
    return behind.some((one) => this.runtime.answer(one.address, one.port, path) === 'ok');
  }

  #nodeListeners() {
    const services = this.cluster.store.list('/services') as Service[];
    const slices = this.cluster.store.list('discovery.k8s.io/endpointslices') as EndpointSlice[];
    return services.map((service) => {
      const { name, namespace } = service.metadata;
      const own = slices.filter(
        ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
      );
      return listenersOf(service, own);
    });
  }

  #resourceOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Resource {
    const found = this.cluster.kinds.findKind(apiVersion, kind);
    if (found === undefined) throw new Error(`no kind ${apiVersion} ${kind}`);
    return found;
  }

  #logger() {
    const write = (level: string) => (about: object, message?: string) =>
      void this.log.push({ level, about, message: message ?? '' });
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } as never;
  }
}

function admitting(kube: KubeApi, admit: WorldOptions['admit']): KubeApi {
  if (admit === undefined) return kube;
  const create: KubeApi['create'] = (resource, object) =>
    kube.create(resource, resource.plural === 'pods' ? admit(object) : object);
  return { ...kube, create };
}

/** A world with our kinds, its nodes and the class `podwire`; the operator is not started. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const world = new World(options);
  for (const file of readdirSync(CRDS)) await world.apply(...(await readManifests(`${CRDS}${file}`)));
  if (options.workloads === true) await startWorkloads(world);
  else for (const node of world.nodes) await registerNode(world.kube, world.clock, node);
  await world.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ingressClass('podwire', 'podwire.dev/alb'),
  );
  return world;
}

const CRDS = fileURLToPath(new URL('../../crds/', import.meta.url));

async function startWorkloads(world: World): Promise<void> {
  const { kube: api, clock, nodes, runtime, errors } = world;
  const note = (name: string, error: unknown): void => void errors.push(`${name}: ${String(error)}`);
  const controllers = startWorkloadControllers({ api, clock, onError: (name, { error }) => note(name, error) });
  const kubelet = startKubelet({ api, clock, nodes, runtime, onError: note });
  await clock.advance(100);
  await controllers;
  world.kubelet = await kubelet;
}

export const ingressClass = (name: string, controller: string, more: object = {}): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name },
  spec: { controller, ...more },
});

const certificate = () => ({
  arn: CERTIFICATE,
  domainName: 'shop.example.com',
  subjectAlternativeNames: ['shop.example.com', '*.example.com'],
  certificatePem: '',
  privateKeyPem: '',
  notBefore: 0,
  notAfter: Date.UTC(2036, 0, 1),
  importedAt: 0,
  tags: {},
});
