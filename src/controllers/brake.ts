import type { TargetGroupObject } from '../cluster/objects.ts';
import { OWN_KEYS } from '../model/annotations/own-keys.ts';
import { OWN_PREFIX } from '../model/annotations/annotation.ts';
import type { JudgedTarget } from '../plan/fates.ts';
import { RELEASE_MS, type Release, WINDOW_MS } from '../plan/floor.ts';
import type { TargetPlan } from '../plan/targets.ts';
import type { Pass, TargetsDeps } from './target-pass.ts';

const RELEASE = `${OWN_PREFIX}release-brake`;

/** What the brake of a group weighs besides the targets themselves. */
export function brakeOf({ object, memory }: Pass, deps: TargetsDeps): { removed: number; released: Release } {
  const now = deps.clock.monotonic();
  memory.removals = memory.removals.filter((at) => now - at < WINDOW_MS);
  return { removed: memory.removals.length, released: releaseOf(object, memory.brakedSince, deps) };
}

function releaseOf(object: TargetGroupObject, since: number | undefined, deps: TargetsDeps): Release {
  const until = readRelease(object, deps);
  if (until !== undefined && until > deps.clock.now()) return 'by-hand';
  return since !== undefined && deps.clock.monotonic() - since >= RELEASE_MS ? 'by-time' : 'no';
}

function readRelease({ namespace, spec }: TargetGroupObject, { cluster }: TargetsDeps): number | undefined {
  const text = cluster.service(namespace, spec.service.name)?.annotations[RELEASE];
  const read = text === undefined ? undefined : OWN_KEYS['release-brake'].read(text);
  return read && 'value' in read ? read.value : undefined;
}

/** Notes what a plan holds back, and tells on the Service when its brake begins to hold. */
export function noteHeld(
  pass: Pass,
  { held }: TargetPlan,
  at: { now: number; observed: readonly JudgedTarget[] },
): void {
  const { memory } = pass;
  const leaving = held.filter(({ target }) => target.fate === 'leaving');
  for (const { target } of leaving) {
    const leaver = memory.leavers.get(target.uid ?? '');
    if (leaver) leaver.heldAt = at.now;
  }
  memory.holding = leaving.length;
  memory.braked = held.filter(({ braked }) => braked).length;
  const running = at.observed.some(
    ({ fate, health }) => (fate === 'unready' || fate === 'unlisted') && health !== 'draining',
  );
  if (memory.braked > 0) memory.brakedSince ??= at.now;
  else if (!running) delete memory.brakedSince;
}

/** Tells on the Service that the brake began to hold, and of an annotation that cannot release it. */
export function tellBrake({ object, memory }: Pass, { held }: TargetPlan, deps: TargetsDeps): void {
  const { namespace, spec } = object;
  const service = deps.cluster.service(namespace, spec.service.name);
  if (service === undefined) return;
  const about = { kind: 'Service', namespace, name: service.name, uid: service.uid };
  const first = held.find(({ braked }) => braked);
  if (first && memory.brakeTold !== memory.brakedSince) {
    memory.brakeTold = memory.brakedSince;
    const message = `target group ${object.name}: ${memory.braked} targets kept, ${first.target.id}: ${first.because}`;
    deps.writeEvent(about, { reason: 'Held', message });
  }
  const text = service.annotations[RELEASE];
  if (text === undefined) return;
  const until = readRelease(object, deps);
  const given = `given ${JSON.stringify(text)}`;
  if (until === undefined)
    deps.writeEvent(about, {
      reason: 'NotActedOn',
      message: `${RELEASE}: wanted ${OWN_KEYS['release-brake'].type}, ${given}`,
    });
  else if (until <= deps.clock.now())
    deps.writeEvent(about, { reason: 'NotActedOn', message: `${RELEASE}: wanted a time in the future, ${given}` });
}
