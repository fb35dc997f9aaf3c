import { Budget } from './aws/budget.ts';
import { PodWatches } from './cluster/pod-watches.ts';
import { type ReflectorOptions, startReflectors } from './cluster/reflector.ts';
import { releaseLease, runWhileLeading } from './controllers/leading.ts';
import { linesOf, writeLines } from './model/drain/lines.ts';
import { type StopTrouble, stopInOrder } from './runtime/shutdown.ts';
import { takeChange, takePods } from './operator/changes.ts';
import { type Lanes, openLanes, startLanes } from './operator/lanes.ts';
import { type Shared, type OperatorOptions, openShared, tellPlace } from './operator/shared.ts';

export type { OperatorOptions } from './operator/shared.ts';

export type Operator = {
  /** Resolves when every store has had its first full list: from then on it can take over at once. */
  synced: Promise<void>;
  /** Resolves when the controllers run: the stores are full, and the lease is held where there is one. */
  running: Promise<void>;
  budget: Budget;
  /** Kinds whose first full list is still to come. */
  unsynced(): string[];
  /** Drain lines of a namespace, as the stores have them: a replica that waits knows them too. */
  drainLines(namespace: string): Record<string, string>;
  stop(): Promise<StopTrouble[]>;
};

/** Starts the operator: watches at once, controllers as soon as every store has had its first full list. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const shared = await openShared(options);
  const { cluster, clock, log, kube, budget } = shared;
  const lanes = openLanes(shared);
  const follower: Follower = {
    controllerId: shared.controllerId,
    kube,
    cluster,
    onChange: (change) => takeChange(change, shared, lanes),
    onUnreadable: ({ error, ...what }) => log.warn({ ...what, error: String(error) }, 'object cannot be read'),
  };
  const podWatches = new PodWatches({ ...follower, onSynced: (namespace) => takePods(namespace, shared, lanes) });
  const reflectors = startReflectors({
    ...follower,
    onChange: (change) => {
      podWatches.follow(change);
      follower.onChange(change);
    },
  });
  const running = reflectors.synced.then(() => lead(shared, lanes));
  return {
    synced: reflectors.synced,
    running,
    budget,
    unsynced: () => cluster.unsynced(),
    drainLines: (namespace) => drainLinesIn(namespace, shared),
    stop: async () => {
      // All at once: while one lane ends what it has begun, the others begin nothing more.
      const atOnce = [
        { name: 'watches', limitMs: 5_000, stop: () => reflectors.stop() },
        { name: 'pod watches', limitMs: 5_000, stop: () => podWatches.stop() },
        ...Object.entries(lanes).map(([name, lane]) => ({ name, limitMs: 20_000, stop: () => lane.stop() })),
      ];
      const stopped = await Promise.all(atOnce.map((step) => stopInOrder(clock, [step])));
      const events = { name: 'events', limitMs: 2_000, stop: () => shared.events.flush() };
      const troubles = [...stopped.flat(), ...(await stopInOrder(clock, [events]))];
      if (shared.lease === undefined) return troubles;
      const free = !troubles.some(({ name }) => name in lanes);
      return [...troubles, ...(await releaseLease(shared.lease, clock, { free }))];
    },
  };
}

/** Without a lease there is one replica, which leads from the beginning. */
async function lead(shared: Shared, lanes: Lanes): Promise<void> {
  const { lease, cluster } = shared;
  if (lease === undefined) return startLanes(shared, lanes);
  const begin = (): void => {
    for (const ingress of cluster.ingresses()) tellPlace(ingress, shared);
    startLanes(shared, lanes);
  };
  await runWhileLeading(lease, { lanes: Object.values(lanes), begin });
}

type Follower = Pick<ReflectorOptions, 'kube' | 'cluster' | 'onChange' | 'onUnreadable' | 'controllerId'>;

// From the stores, since nobody keeps lines while another replica leads; where we do, those that stand are gone on from.
function drainLinesIn(namespace: string, { cluster, clock, lines }: Shared): Record<string, string> {
  const groups = cluster.targetGroupsOfNamespace(namespace);
  const service = (name: string) => cluster.service(namespace, name);
  const kept = [...(lines.get(namespace) ?? [])].flatMap(([name, one]) =>
    'line' in one ? [[name, one] as const] : [],
  );
  const now = new Date(clock.now()).toISOString();
  return writeLines(linesOf({ groups, service, standing: new Map(kept), now })).data;
}
