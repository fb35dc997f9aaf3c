import type { KubeApi } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { AddressReuse } from './address-pool.ts';
import { type NodeOptions, registerNode, setNodeReady } from './node.ts';
import type { PodRun, PodState } from './pod-run.ts';
import type { Programs } from './program/programs.ts';
import { RunningPods } from './running-pods.ts';
import type { PodRuntime, Signal } from './runtime.ts';

export type KubeletOptions = {
  api: KubeApi;
  clock: Clock;
  nodes: NodeOptions[];
  runtime: PodRuntime;
  /** Containers that are programs of this machine. */
  programs?: Programs;
  onError?: (pod: string, error: unknown) => void;
};

type PodName = { namespace: string; name: string };

type PodView = PodName & { uid: string; node: string; addresses: string[]; state: PodState };

/** What can happen to pods and nodes without anybody asking the API server. */
export type KubeletControls = {
  /**
   * Node-pressure eviction: hard by default, with the second that the kubelet gives then. The object is not deleted; it becomes
   * Failed, with the condition DisruptionTarget, when nothing of it runs any more.
   */
  evict(pod: PodName, options?: { graceSeconds?: number }): Promise<void>;
  /** Graceful shutdown: the node says it is not ready, every pod gets the lesser of `seconds` and its own grace period; then the node is off. */
  shutDownNode(node: string, seconds: number): Promise<void>;
  /** Ends all pods of a node without warning. `forGood`: nobody says so to the API server, and nothing runs there until `startNode`. */
  killNode(node: string, options?: { forGood?: boolean }): Promise<void>;
  startNode(node: string): Promise<void>;
  /** A signal to the main containers of a pod; SIGKILL is a container that ran out of memory. */
  signalPod(pod: PodName, signal: Signal): Promise<void>;
  reuseAddresses(reuse: AddressReuse): Promise<void>;
  /** Everything that runs on our nodes, and what has ended and still has an object. */
  pods(): Promise<PodView[]>;
};

export type Kubelet = KubeletControls & {
  readonly nodes: NodeOptions[];
  /** Ends all pods without warning and leaves their objects as they are. */
  close(): Promise<void>;
};

/** Grace period of a hard eviction (kubelet, `immediateEvictionGracePeriodSeconds`). */
const HARD_EVICTION_SECONDS = 1;
const EVICTED = { reason: 'Evicted', message: 'The node was low on resource: memory.' };
const SHUT_DOWN = {
  reason: 'Terminated',
  message: 'Pod was terminated in response to imminent node shutdown.',
};

/** Registers the nodes, gives every pod a node, and runs what is on ours. One kubelet looks after all nodes. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { api, clock, nodes } = options;
  await Promise.all(nodes.map((node) => registerNode(api, clock, node)));
  const running = new RunningPods(options);
  const abort = new AbortController();
  await running.follow(abort.signal);
  return {
    nodes,
    ...podControls(running),
    ...nodeControls(running, options),
    async close() {
      abort.abort();
      for (const run of running.runs()) run.vanish();
      await options.runtime.close();
    },
  };
}

function podControls(running: RunningPods): Pick<Kubelet, 'evict' | 'signalPod' | 'reuseAddresses' | 'pods'> {
  const runOf = (pod: PodName): PodRun => {
    const same = ({ metadata }: PodRun['pod']): boolean =>
      metadata.namespace === pod.namespace && metadata.name === pod.name;
    const found = running.runs().findLast((run) => same(run.pod));
    if (found === undefined) throw new Error(`pod ${pod.namespace}/${pod.name}: runs on no node`);
    return found;
  };
  return {
    async evict(pod, { graceSeconds = HARD_EVICTION_SECONDS } = {}) {
      runOf(pod).endByKubelet(graceSeconds, EVICTED);
    },
    async signalPod(pod, signal) {
      runOf(pod).signal(signal);
    },
    async reuseAddresses(reuse) {
      running.reuse = reuse;
    },
    pods: async () => running.runs().map(viewOf),
  };
}

function nodeControls(
  running: RunningPods,
  { api, clock, nodes, runtime }: KubeletOptions,
): Pick<Kubelet, 'shutDownNode' | 'killNode' | 'startNode'> {
  const nodeOf = (name: string): NodeOptions => {
    const found = nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`node ${name}: not one of ${nodes.map((node) => node.name).join(', ')}`);
    return found;
  };
  const goingOff = new Map<string, AbortController>(); // nodes that shut down; aborted when they are started before
  const switchOff = async (name: string): Promise<void> => {
    goingOff.delete(name);
    running.switchOff(name);
    await runtime.killNode(name);
  };
  return {
    async shutDownNode(name, seconds) {
      await setNodeReady(api, clock, { node: nodeOf(name), ready: false });
      for (const run of running.runs(name)) run.endByKubelet(Math.min(seconds, graceOf(run)), SHUT_DOWN);
      const back = new AbortController();
      goingOff.set(name, back);
      clock.after(seconds * 1_000 + LAST_MS, () => void (back.signal.aborted || switchOff(name)));
    },
    async killNode(name, { forGood = false } = {}) {
      if (forGood) await switchOff(nodeOf(name).name);
      else await runtime.killNode(nodeOf(name).name);
    },
    async startNode(name) {
      goingOff.get(name)?.abort();
      await registerNode(api, clock, nodeOf(name));
      running.switchOn(name);
    },
  };
}

/** What the system still takes after the kubelet's time: a container whose hook took all of its grace has two seconds more, and the last status is written. */
const LAST_MS = 3_000;
const DEFAULT_GRACE_SECONDS = 30;

const graceOf = ({ pod }: PodRun): number => pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;

function viewOf({ pod, addresses, state }: PodRun): PodView {
  const { namespace = '', name, uid } = pod.metadata;
  return { namespace, name, uid, node: pod.spec.nodeName ?? '', addresses, state };
}
