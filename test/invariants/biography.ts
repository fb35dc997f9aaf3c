import { GATE } from '../../src/api/pod.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { conditionOf, type Pod } from '../../src/local/cluster/objects.ts';
import type { World } from '../scenarios/world.ts';

/** What is known of one pod, from the API server's own writes. Times in monotonic milliseconds. */
export type Biography = {
  uid: string;
  name: string;
  labels: Record<string, string>;
  address?: string;
  addressAt?: number;
  /** Since when its containers are ready; undefined while they are not. */
  servesSince?: number;
  ready: boolean;
  gate?: { status: string; reason: string; message: string };
  /** It is deleted, ended by the kubelet, or has ended. */
  leavesAt?: number;
  /** Of one that is deleted. */
  deletedAt?: number;
  sigtermAt?: number;
  endsAt?: number;
  goneAt?: number;
};

export type PodChange = { now: Biography; before: Biography | undefined; pod: Pod };

/** The lives of all pods of a world. */
export class Biographies {
  readonly #lives = new Map<string, Biography>(); // uid
  readonly #world: World;
  readonly #listeners: ((change: PodChange) => void)[] = [];

  constructor(world: World) {
    this.#world = world;
    world.cluster.store.subscribe(({ type, storage, object }) => {
      if (storage === '/pods') this.#note(type, object);
    });
  }

  onChange(listener: (change: PodChange) => void): void {
    this.#listeners.push(listener);
  }

  of(uid: string | undefined): Biography | undefined {
    return uid === undefined ? undefined : this.#lives.get(uid);
  }

  /** Who has an address now: of several the one that came last, and none that has ended. */
  at(address: string): Biography | undefined {
    const all = [...this.#lives.values()].filter((one) => one.address === address && one.goneAt === undefined);
    return all.findLast(({ leavesAt }) => leavesAt === undefined) ?? all.at(-1);
  }

  present(): Biography[] {
    return [...this.#lives.values()].filter(({ goneAt }) => goneAt === undefined);
  }

  #note(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const pod = object as Pod;
    const { uid } = pod.metadata;
    const before = this.#lives.get(uid);
    const now = this.#read(pod, before);
    if (type === 'DELETED') now.goneAt = this.#world.clock.monotonic();
    this.#lives.set(uid, now);
    for (const listener of this.#listeners) listener({ now, before, pod });
  }

  #read(pod: Pod, before: Biography | undefined): Biography {
    const { clock } = this.#world;
    const now = clock.monotonic();
    const { uid, name, labels = {} } = pod.metadata;
    return {
      uid,
      name,
      labels,
      ready: isTrue(pod, 'Ready'),
      ...addressOf(pod, before, now),
      ...gateOf(pod),
      ...(isTrue(pod, 'ContainersReady') && { servesSince: before?.servesSince ?? now }),
      ...(leaves(pod) && { leavesAt: before?.leavesAt ?? now }),
      ...endOf(pod, clock.now() - now),
    };
  }
}

const isTrue = ({ status = {} }: Pod, type: string): boolean => conditionOf({ status }, type)?.status === 'True';

function addressOf(
  { status }: Pod,
  before: Biography | undefined,
  now: number,
): Pick<Biography, 'address' | 'addressAt'> {
  const address = status?.podIP;
  if (!address) return {};
  return { address, addressAt: before?.address === address ? (before.addressAt ?? now) : now };
}

function gateOf({ status = {} }: Pod): Pick<Biography, 'gate'> {
  const condition = conditionOf({ status }, GATE);
  if (condition === undefined) return {};
  const { reason = '', message = '' } = condition;
  return { gate: { status: condition.status, reason, message } };
}

function leaves({ metadata, status = {} }: Pod): boolean {
  const ended = ['Failed', 'Succeeded'].includes(status.phase ?? '');
  const byKubelet = conditionOf({ status }, 'DisruptionTarget')?.reason === 'TerminationByKubelet';
  return metadata.deletionTimestamp !== undefined || ended || byKubelet;
}

/** When a deleted pod was deleted, gets SIGTERM, and is to have ended; the API server counts whole seconds. */
function endOf(pod: Pod, epoch: number): Pick<Biography, 'deletedAt' | 'sigtermAt' | 'endsAt'> {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0 } = pod.metadata;
  if (deletionTimestamp === undefined) return {};
  const endsAt = Date.parse(deletionTimestamp) - epoch;
  const deletedAt = endsAt - grace * 1_000;
  return { deletedAt, endsAt, sigtermAt: deletedAt + Math.min(sleepOf(pod), grace) * 1_000 };
}

/** The shortest sleep among the containers; one without any counts as none. */
export const sleepOf = ({ spec }: Pod): number =>
  Math.min(...spec.containers.map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0));
