import { KINDS } from '../../src/local/cluster/objects.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import type { ProofWorld } from './world.ts';

/**
 * From when to when a pod was there to stay, by the API server's clock, which keeps whole seconds; `seenAt` by ours, when it
 * was last looked for and found. Milliseconds since 1970.
 */
export type PodLife = { name: string; address: string; createdAt: number; seenAt: number; deletedAt?: number };

const EVERY_MS = 250;

/** Looks at the pods of a namespace again and again until stopped; `lives` are those of all that were seen. */
export function watchPods(world: Pick<ProofWorld, 'kube'>, namespace: string): { lives(): PodLife[]; stop(): void } {
  const lives = new Map<string, PodLife>(); // by UID
  const stop = new AbortController();
  const look = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const seenAt = clock.now();
      // A look that fails is made again.
      const pods = await world.kube.list(KINDS.pod, { namespace }).catch(() => []);
      for (const pod of pods) lives.set(pod.metadata.uid, lifeOf(pod, seenAt));
      await clock.sleep(EVERY_MS, stop.signal);
    }
  };
  void look();
  return {
    lives: () => [...lives.values()],
    stop: () => stop.abort(),
  };
}

type Dated = { creationTimestamp?: string; deletionTimestamp?: string; deletionGracePeriodSeconds?: number };

function lifeOf({ metadata, status }: KubeObject, seenAt: number): PodLife {
  const { creationTimestamp = '', deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata as Dated;
  return {
    name: metadata.name,
    address: (status as { podIP?: string } | undefined)?.podIP ?? '',
    createdAt: Date.parse(creationTimestamp),
    seenAt,
    ...(deletionTimestamp !== undefined && {
      deletedAt: Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1_000,
    }),
  };
}
