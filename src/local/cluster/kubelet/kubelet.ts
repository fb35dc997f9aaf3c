import type { KubeApi } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { Mirror } from '../mirror.ts';
import { KINDS, type Node, type Pod } from '../objects.ts';
import { AddressPool, ipv6Beside } from './address-pool.ts';
import { ANNOTATION_PREFIX } from './app.ts';
import { type NodeOptions, registerNode } from './node.ts';
import { hasEnded, PodRun } from './pod-run.ts';
import type { PodRuntime } from './runtime.ts';
import { Scheduler } from './scheduler.ts';

export type KubeletOptions = {
  api: KubeApi;
  clock: Clock;
  nodes: NodeOptions[];
  runtime: PodRuntime;
  onError?: (pod: string, error: unknown) => void;
};

export type Kubelet = {
  readonly nodes: NodeOptions[];
  /** Ends all pods without warning and leaves their objects as they are. */
  close(): Promise<void>;
};

type Pools = { vpc: AddressPool; overlay: AddressPool };
type Place = { node: NodeOptions; pools: Pools };

/** Registers the nodes, gives every pod a node, and runs what is on ours. One kubelet looks after all nodes. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { api, clock, nodes } = options;
  await Promise.all(nodes.map((node) => registerNode(api, clock, node)));
  const running = new RunningPods(options);
  const abort = new AbortController();
  await running.follow(abort.signal);
  return {
    nodes,
    async close() {
      abort.abort();
      running.killAll();
      await options.runtime.close();
    },
  };
}

class RunningPods {
  readonly #options: KubeletOptions;
  readonly #places: Map<string, Place>; // node name -> node and its addresses
  readonly #runs = new Map<string, PodRun>(); // pod uid -> what runs
  readonly #pods = new Mirror<Pod>();
  readonly #nodes = new Mirror<Node>();
  readonly #scheduler: Scheduler;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#places = new Map(options.nodes.map((node) => [node.name, { node, pools: poolsOf(node, options.clock) }]));
    const onError = (pod: string, error: unknown) => this.#report(pod, error);
    this.#scheduler = new Scheduler({ api: options.api, pods: this.#pods, nodes: this.#nodes, onError });
    this.#pods.onChange(({ now, before }) => this.#podChanged(now, before));
    this.#nodes.onChange(() => this.#scheduleAll());
  }

  async follow(signal: AbortSignal): Promise<void> {
    void this.#nodes.follow(this.#options.api, KINDS.node, signal);
    await this.#nodes.synced;
    void this.#pods.follow(this.#options.api, KINDS.pod, signal);
    await this.#pods.synced;
  }

  killAll(): void {
    for (const run of this.#runs.values()) run.kill();
  }

  #podChanged(now: Pod | undefined, before: Pod | undefined): void {
    if (now === undefined || (before !== undefined && before.metadata.uid !== now.metadata.uid)) this.#forget(before);
    if (now === undefined) return;
    const run = this.#runs.get(now.metadata.uid);
    if (run !== undefined) run.update(now);
    else if (now.spec.nodeName) this.#startPod(now);
    else this.#schedule(now);
  }

  #forget(pod: Pod | undefined): void {
    if (pod === undefined) return;
    this.#scheduler.forget(pod);
    this.#runs.get(pod.metadata.uid)?.kill();
    this.#runs.delete(pod.metadata.uid);
  }

  #scheduleAll(): void {
    for (const pod of this.#pods.values()) if (!pod.spec.nodeName) this.#schedule(pod);
  }

  #schedule(pod: Pod): void {
    const again = () => this.#options.clock.after(1_000, () => this.#retry(pod));
    this.#scheduler.schedule(pod).catch((error: unknown) => {
      this.#report(pod.metadata.name, error);
      again();
    });
  }

  #retry(pod: Pod): void {
    const present = this.#pods.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
    if (present !== undefined) this.#podChanged(present, undefined);
  }

  #startPod(pod: Pod): void {
    const place = this.#places.get(pod.spec.nodeName ?? '');
    if (place === undefined || hasEnded(pod)) return;
    try {
      this.#run(pod, place);
    } catch (error) {
      this.#report(pod.metadata.name, error);
      this.#options.clock.after(1_000, () => this.#retry(pod));
    }
  }

  #run(pod: Pod, { node, pools }: Place): void {
    const { api, clock, runtime } = this.#options;
    const pool =
      pod.metadata.annotations?.[`${ANNOTATION_PREFIX}address-pool`] === 'overlay' ? pools.overlay : pools.vpc;
    const address = pod.spec.hostNetwork ? node.address : addressFor(pod, pool);
    const both = node.ipv6Prefix !== undefined && !pod.spec.hostNetwork;
    const addresses = both ? [address, ipv6Beside(node.ipv6Prefix as string, address)] : [address];
    const onError = (name: string, error: unknown) => this.#report(name, error);
    const run = new PodRun({ api, clock, runtime, node, addresses, onError }, pod);
    this.#runs.set(pod.metadata.uid, run);
    void run.done.then(() => {
      if (!pod.spec.hostNetwork) pool.giveBack(address);
    });
    run.start();
  }

  #report(pod: string, error: unknown): void {
    this.#options.onError?.(pod, error);
  }
}

/** A pod found running, after a restart of the kubelet, keeps its address. */
function addressFor(pod: Pod, pool: AddressPool): string {
  const { podIP } = pod.status ?? {};
  if (podIP === undefined) return pool.take();
  pool.claim(podIP);
  return podIP;
}

function poolsOf({ pools }: NodeOptions, clock: Clock): Pools {
  return { vpc: new AddressPool(clock, pools.vpc), overlay: new AddressPool(clock, pools.overlay) };
}
