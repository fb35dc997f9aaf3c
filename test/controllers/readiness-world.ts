import { GATE } from '../../src/api/pod.ts';
import type { Condition } from '../../src/cluster/objects.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { ProbeResult } from '../../src/local/aws/state.ts';
import { ingress, service } from '../scenarios/manifests.ts';
import { openWorld, type World, type WorldOptions } from '../scenarios/world.ts';

export type PodOptions = {
  address?: string;
  /** Conditions of `spec.readinessGates`; ours, where it is left out. */
  gates?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};

/** The whole operator with pods made by hand: no kubelet sets anything but what the test says. Nothing serves, AWS's checks are the test's. */
export class ReadinessWorld {
  readonly world: World;
  /** Addresses whose health checks fail. */
  readonly sick = new Set<string>();
  /** Writes to pods/status by the operator since `counting`. */
  #from = 0;

  constructor(world: World) {
    this.world = world;
    world.probe = (_group, { id }): ProbeResult =>
      this.sick.has(id)
        ? { ok: false, reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }
        : { ok: true };
  }

  /** Creates a pod that has its address and whose containers are ready, and lists it in the slice of Service `web`. */
  async pod(name: string, options: PodOptions = {}): Promise<string> {
    const uid = await this.newPod(name, options);
    await this.start(name, options.address);
    return uid;
  }

  /** Creates a pod without an address. */
  async newPod(
    name: string,
    { gates = [GATE], labels = { app: 'web' }, annotations }: PodOptions = {},
  ): Promise<string> {
    const { metadata } = await this.world.kube.create(RESOURCES.pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop', labels, ...(annotations && { annotations }) },
      spec: {
        containers: [{ name: 'web', image: 'web:1' }],
        readinessGates: gates.map((conditionType) => ({ conditionType })),
      },
    });
    return metadata.uid;
  }

  /** Gives a pod its address and ready containers, as its kubelet would. */
  async start(name: string, address = `10.0.1.${name.split('-').at(-1)}`): Promise<void> {
    await this.#setStatus(name, {
      phase: 'Running',
      podIP: address,
      podIPs: [{ ip: address }],
      conditions: [this.#condition('ContainersReady', 'True'), this.#condition('Ready', 'False')],
    });
    await this.list();
  }

  /** Has the kubelet say of every pod whose gates are open that it is ready, and the endpoints follow. */
  async settle(): Promise<void> {
    for (const pod of await this.pods()) {
      const gates = ((pod['spec'] as { readinessGates?: { conditionType: string }[] }).readinessGates ?? []).map(
        ({ conditionType }) => conditionType,
      );
      const isOpen = gates.every((type) => conditionsOf(pod).some((one) => one.type === type && one.status === 'True'));
      if (isOpen) await this.#setStatus(pod.metadata.name, { conditions: [this.#condition('Ready', 'True')] });
    }
    await this.list();
  }

  /** Removes a pod at once, and its endpoint. */
  async remove(name: string): Promise<void> {
    await this.world.kube.delete(RESOURCES.pod, { namespace: 'shop', name, graceSeconds: 0 });
    await this.list();
  }

  /** Lists the pods `app: web` that have an address in the slice of Service `web`. */
  async list(): Promise<void> {
    const pods = (await this.pods()).filter((pod) => pod.metadata.labels?.['app'] === 'web');
    const endpoints = pods.flatMap((pod) => {
      const { podIP } = pod['status'] as { podIP?: string };
      const ready = conditionsOf(pod).some(({ type, status }) => type === 'Ready' && status === 'True');
      const { name, uid } = pod.metadata;
      if (podIP === undefined) return [];
      const targetRef = { kind: 'Pod', namespace: 'shop', name, uid };
      return [{ addresses: [podIP], conditions: { ready, serving: ready, terminating: false }, targetRef }];
    });
    await this.world.apply({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints,
    });
  }

  pods(): Promise<KubeObject[]> {
    return this.world.kube.list(RESOURCES.pod, { namespace: 'shop' });
  }

  /** `True TargetHealthy`, or `none`. */
  async gate(name: string, type: string = GATE): Promise<string> {
    const found = await this.#gateOf(name, type);
    return found === undefined ? 'none' : `${found.status} ${found.reason}`;
  }

  async message(name: string): Promise<string> {
    return (await this.#gateOf(name, GATE))?.message ?? '';
  }

  /** Writes of the operator to pods since the last call. */
  writes(): string[] {
    const all = this.world.life.writes.filter((write) => write.startsWith('patch pods '));
    const fresh = all.slice(this.#from);
    this.#from = all.length;
    return fresh;
  }

  /** Calls of the operator to AWS of that action since it was started. */
  calls(action: string): number {
    return this.world.life.calls.filter((call) => call === action).length;
  }

  get group(): { arn: string; targets: string[] } {
    const [group] = [...this.world.aws.state.targetGroups.values()];
    const targets = [...(group?.targets.values() ?? [])].map(({ id, state }) => `${id} ${state}`);
    return { arn: group?.arn ?? '', targets };
  }

  async #gateOf(name: string, type: string): Promise<Condition | undefined> {
    const pod = await this.world.kube.get(RESOURCES.pod, { namespace: 'shop', name });
    return pod && conditionsOf(pod).find((one) => one.type === type);
  }

  /** As a kubelet writes: its own conditions, and nobody else's. */
  async #setStatus(name: string, status: { conditions: { type: string }[]; [field: string]: unknown }): Promise<void> {
    const patch = { type: 'merge', body: { status: await this.#merged(name, status) }, subresource: 'status' } as const;
    await this.world.kube.patch(RESOURCES.pod, { namespace: 'shop', name }, patch);
  }

  async #merged(name: string, status: { conditions: { type: string }[] }): Promise<object> {
    const pod = await this.world.kube.get(RESOURCES.pod, { namespace: 'shop', name });
    const own = new Set(status.conditions.map(({ type }) => type));
    const others = pod === undefined ? [] : conditionsOf(pod).filter(({ type }) => !own.has(type));
    return { ...status, conditions: [...others, ...status.conditions] };
  }

  #condition(type: string, status: string): Pick<Condition, 'lastTransitionTime'> & { type: string; status: string } {
    const lastTransitionTime = new Date(this.world.clock.now()).toISOString().replace(/\.\d+/, '');
    return { type, status, lastTransitionTime };
  }
}

const conditionsOf = (pod: KubeObject): Condition[] =>
  (pod['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? [];

const QUICK = { 'healthcheck-interval-seconds': '5', 'healthcheck-timeout-seconds': '2' };

export type ReadinessOptions = WorldOptions & {
  /** More annotations of the Ingress, from what local AWS has. */
  annotations?: (world: World) => Record<string, string>;
};

/** A world with Service `web` behind an Ingress, in which the operator runs. */
export async function openReadiness(options: ReadinessOptions = {}): Promise<ReadinessWorld> {
  const world = await openWorld(options);
  const readiness = new ReadinessWorld(world);
  await world.apply(service({ name: 'web' }));
  await readiness.list();
  const annotations = { ...QUICK, ...options.annotations?.(world) };
  await world.apply(ingress({ name: 'shop', annotations, rules: [{ service: 'web' }] }));
  await world.start();
  await world.advance(10_000);
  return readiness;
}
