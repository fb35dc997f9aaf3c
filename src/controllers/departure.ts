import { type Clocks, type Departure, departureOf, instantOf, predictReplacement } from '../model/leaving.ts';
import type { JudgedTarget } from '../plan/fates.ts';
import type { Pod } from '../cluster/objects.ts';
import { keyOfTarget } from '../model/target.ts';
import { claimOf, type Leaver } from './target-memory.ts';
import type { Pass, TargetsDeps } from './target-pass.ts';

/** Deadlines are the API server's; where nothing was heard of its clock, ours stands in. */
const clocksOf = ({ clock, kube }: TargetsDeps): Clocks => ({
  monotonic: clock.monotonic(),
  server: kube.serverNow?.() ?? clock.now(),
});

/** Gives the leaving targets whose pods are known the deadlines of these pods. */
export const withDeparture =
  (pass: Pass, deps: TargetsDeps) =>
  (target: JudgedTarget): JudgedTarget => {
    if (target.fate !== 'leaving' || target.uid === undefined) return target;
    const pod = deps.cluster.podByUid(target.uid);
    const departure = pod && departureIn(pass, pod, deps);
    return departure === undefined ? target : { ...target, departure };
  };

/** Says of targets that have become healthy until when a load balancer node may not know it. */
export const withSettling =
  ({ object, memory }: Pass) =>
  (target: JudgedTarget): JudgedTarget => {
    const known = memory.registered.get(keyOfTarget(target));
    const since = known && claimOf(known)?.healthySince;
    const { drain } = object.spec;
    if (since === undefined || drain === undefined) return target;
    return { ...target, settledAt: since + drain.propagation * 1_000 };
  };

function departureIn({ object, memory }: Pass, pod: Pod, deps: TargetsDeps): Departure | undefined {
  const { drain } = object.spec;
  if (drain === undefined || pod.deletionTimestamp === undefined) return undefined;
  const leaver = memory.leavers.get(pod.uid) ?? leaverOf(pod, clocksOf(deps));
  memory.leavers.set(pod.uid, leaver);
  return departureOf(pod, drain, { deletedAt: leaver.deletedAt, start: object.status.startSeconds });
}

/** Worked out once: a clock that is set later moves no deadline, and a second, shorter deletion does not move the first. */
function leaverOf({ deletionTimestamp = '', deletionGraceSeconds = 0 }: Pod, clocks: Clocks): Leaver {
  const deletedAt = Date.parse(deletionTimestamp) - deletionGraceSeconds * 1_000;
  return { deletedAt: instantOf(deletedAt, clocks), seenAt: clocks.monotonic };
}

/** When the first of the pods of the Service that are on their way is expected to be healthy. */
export function expectReplacement({ object, memory }: Pass, deps: TargetsDeps): number | undefined {
  const { namespace, spec, status } = object;
  const service = deps.cluster.service(namespace, spec.service.name);
  if (service === undefined || memory.terminating.size === 0) return undefined;
  const healthy = new Set(
    [...memory.registered.values()].flatMap(({ uid, health }) => (health === 'healthy' && uid ? [uid] : [])),
  );
  return predictReplacement(
    deps.cluster.podsOfNamespace(namespace),
    { service, start: status.startSeconds, carries: (pod) => healthy.has(pod.uid) },
    clocksOf(deps),
  );
}
