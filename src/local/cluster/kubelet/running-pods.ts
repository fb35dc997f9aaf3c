import { Mirror } from '../mirror.ts';
import { KINDS, type Node, type Pod } from '../objects.ts';
import { type AddressReuse, ipv6Beside } from './address-pool.ts';
import type { KubeletOptions } from './kubelet.ts';
import { NodeAddresses } from './node-addresses.ts';
import type { NodeOptions } from './node.ts';
import { hasEnded, PodRun } from './pod-run.ts';
import { Scheduler } from './scheduler.ts';

const RETRY_MS = 1_000;

/** Every pod of our nodes, from the watch to the process. */
export class RunningPods {
  readonly #options: KubeletOptions;
  readonly #nodes: Map<string, { node: NodeOptions; addresses: NodeAddresses }>; // by node name
  readonly #off = new Set<string>(); // names of nodes that do not run
  readonly #runs = new Map<string, PodRun>(); // pod uid -> what runs
  readonly #pods = new Mirror<Pod>();
  readonly #nodeObjects = new Mirror<Node>();
  readonly #scheduler: Scheduler;

  constructor(options: KubeletOptions) {
    const { api, clock, nodes } = options;
    this.#options = options;
    this.#nodes = new Map(nodes.map((node) => [node.name, { node, addresses: new NodeAddresses(clock, node) }]));
    const onlyNode = (pod: Pod) => this.#nodeWithAddressFor(pod);
    this.#scheduler = new Scheduler({ api, pods: this.#pods, nodes: this.#nodeObjects, onlyNode });
    this.#pods.onChange(({ now, before }) => this.#podChanged(now, before));
    this.#nodeObjects.onChange(() => this.#scheduleAll());
  }

  async follow(signal: AbortSignal): Promise<void> {
    void this.#nodeObjects.follow(this.#options.api, KINDS.node, signal);
    await this.#nodeObjects.synced;
    void this.#pods.follow(this.#options.api, KINDS.pod, signal);
    await this.#pods.synced;
  }

  /** All that runs, or what runs on one node. */
  runs(node?: string): PodRun[] {
    const all = [...this.#runs.values()];
    return node === undefined ? all : all.filter(({ pod }) => pod.spec.nodeName === node);
  }

  set reuse(reuse: AddressReuse) {
    for (const { addresses } of this.#nodes.values()) addresses.reuse = reuse;
  }

  /** Nobody looks after the pods of this node any more, and nothing of them runs. */
  switchOff(node: string): void {
    this.#off.add(node);
    for (const run of this.runs(node)) {
      run.vanish();
      this.#runs.delete(run.pod.metadata.uid);
    }
  }

  /** The node is there again, and runs what the API server has for it. */
  switchOn(node: string): void {
    this.#off.delete(node);
    for (const pod of this.#pods.values()) if (pod.spec.nodeName === node) this.#podChanged(pod, undefined);
  }

  #podChanged(now: Pod | undefined, before: Pod | undefined): void {
    if (before !== undefined && before.metadata.uid !== now?.metadata.uid) this.#forget(before);
    if (now === undefined) return;
    const run = this.#runs.get(now.metadata.uid);
    if (run !== undefined) run.update(now);
    else if (now.spec.nodeName) this.#startPod(now);
    else this.#schedule(now);
  }

  #forget(pod: Pod): void {
    const { uid } = pod.metadata;
    this.#scheduler.forget(pod);
    const run = this.#runs.get(uid);
    run?.objectGone();
    void run?.done.then(() => this.#runs.delete(uid));
    if (pod.spec.nodeName) this.#scheduleAll(); // its ports are free
  }

  #scheduleAll(): void {
    for (const pod of this.#pods.values()) if (!pod.spec.nodeName) this.#schedule(pod);
  }

  #schedule(pod: Pod): void {
    this.#scheduler.schedule(pod).catch((error: unknown) => this.#failed(pod, error));
  }

  #startPod(pod: Pod): void {
    const place = this.#nodes.get(pod.spec.nodeName ?? '');
    if (place === undefined || this.#off.has(place.node.name) || hasEnded(pod)) return;
    try {
      this.#run(pod, place);
    } catch (error) {
      this.#failed(pod, error);
    }
  }

  #run(pod: Pod, { node, addresses: pools }: { node: NodeOptions; addresses: NodeAddresses }): void {
    const { api, clock, runtime, programs } = this.#options;
    const lease = pools.lease(pod);
    const both = node.ipv6Prefix !== undefined && !pod.spec.hostNetwork;
    const addresses = both ? [lease.address, ipv6Beside(node.ipv6Prefix as string, lease.address)] : [lease.address];
    const onError = (name: string, error: unknown) => this.#report(name, error);
    const run = new PodRun({ api, clock, runtime, programs, node, addresses, onError }, pod);
    this.#runs.set(pod.metadata.uid, run);
    void run.done.then(() => lease.end());
    run.start();
  }

  #nodeWithAddressFor(pod: Pod): string | undefined {
    return [...this.#nodes.values()].find(({ addresses }) => addresses.isAskedForBy(pod))?.node.name;
  }

  #failed(pod: Pod, error: unknown): void {
    this.#report(pod.metadata.name, error);
    this.#options.clock.after(RETRY_MS, () => {
      const present = this.#pods.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
      if (present !== undefined) this.#podChanged(present, undefined);
    });
  }

  #report(pod: string, error: unknown): void {
    this.#options.onError?.(pod, error);
  }
}
