import { localElbApi } from '../../src/local/aws/in-memory.ts';
import { forwardTargets } from '../../src/local/aws/state.ts';
import { targetAddress } from '../../src/local/aws/dataplane/wanted.ts';
import type { World } from './world.ts';

/** The longest time a load balancer node acts on what was true before (local AWS, `propagationLagMs`). */
const LAG_MS = 4_000;
const TICK_MS = 200;

/** What a client of a load balancer could have met. Times are virtual milliseconds since the watcher began. */
export type Seen = {
  ticks: number;
  /** When no group in use had a target that is healthy and serves. */
  empty: number[];
  /** Targets that a load balancer node may still send to, and that do not answer. */
  lost: string[];
};

/** Looks at every change in AWS and every 200 ms, beginning with the first healthy target, until stopped. */
export function watchTraffic(world: World): { seen: Seen; stop(): void } {
  const { aws, clock } = world;
  const begun = clock.monotonic();
  const seen: Seen = { ticks: 0, empty: [], lost: [] };
  const lastHealthy = new Map<string, number>(); // address:port -> when a node last had reason to send to it
  let stopped = false;
  const look = (): void => {
    const now = clock.monotonic();
    const healthy = healthyInUse(world);
    if (seen.ticks === 0 && healthy.length === 0) return;
    seen.ticks++;
    for (const { address, port } of healthy) lastHealthy.set(`${address}:${port}`, now);
    if (!healthy.some(({ address, port }) => world.answers(address, port))) seen.empty.push(now - begun);
    for (const [target, at] of lastHealthy) {
      const [address = '', port] = target.split(':');
      if (now - at > LAG_MS) lastHealthy.delete(target);
      else if (!world.answers(address, Number(port))) seen.lost.push(`${target} at ${now - begun}`);
    }
  };
  const tick = (): void => {
    if (stopped) return;
    look();
    clock.after(TICK_MS, tick);
  };
  tick();
  const unsubscribe = aws.onChange(look);
  return {
    seen,
    stop: () => {
      stopped = true;
      unsubscribe();
    },
  };
}

/** Healthy targets of the groups that rules send requests to. */
export function healthyInUse({ aws: { state } }: World): { address: string; port: number }[] {
  const inUse = new Set(
    [...state.rules.values()]
      .flatMap(({ actions }) => actions.flatMap(forwardTargets))
      .flatMap(({ arn, weight }) => (weight > 0 ? [arn] : [])),
  );
  return [...state.targetGroups.values()]
    .filter(({ arn }) => inUse.has(arn))
    .flatMap(({ targets }) => [...targets.values()])
    .filter((target) => target.state === 'healthy')
    .map((target) => ({ address: targetAddress(state, target), port: target.port }));
}

/** A target controller without care: a group never holds more than `size` targets, so what left goes before what came is put in. */
export function startCareless(world: World, size: number): () => void {
  let stopped = false;
  const elb = localElbApi(world.aws);
  const pass = async (): Promise<void> => {
    if (stopped) return;
    const ready = readyAddresses(world);
    for (const { arn: TargetGroupArn, targets } of world.aws.state.targetGroups.values()) {
      const registered = [...targets.values()].filter(({ state }) => state !== 'draining');
      const gone = registered.filter(({ id }) => !ready.includes(id)).map(({ id, port }) => ({ Id: id, Port: port }));
      const room = size - registered.length + gone.length;
      const come = ready.filter((id) => targets.get(`${id}:8080`) === undefined).slice(0, room);
      if (gone.length > 0) await elb.deregisterTargets({ TargetGroupArn, Targets: gone });
      const Targets = come.map((Id) => ({ Id, Port: 8080 }));
      if (Targets.length > 0) await elb.registerTargets({ TargetGroupArn, Targets });
    }
    world.clock.after(500, () => void pass());
  };
  void pass();
  return () => {
    stopped = true;
  };
}

function readyAddresses({ cluster }: World): string[] {
  const slices = cluster.store.list('discovery.k8s.io/endpointslices');
  return slices.flatMap((slice) => {
    const endpoints = (slice['endpoints'] ?? []) as { addresses: string[]; conditions: { ready?: boolean } }[];
    return endpoints.filter(({ conditions }) => conditions.ready === true).flatMap(({ addresses }) => addresses);
  });
}
