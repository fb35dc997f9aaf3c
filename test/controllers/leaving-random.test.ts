import { describe, expect, test } from 'vitest';
import type { Endpoint, Pod } from '../../src/cluster/objects.ts';
import { type Controls, NO_CONTROLS } from '../../src/settings/controls.ts';
import { seededRandom } from '../../src/runtime/virtual-clock.ts';
import { DRAIN_BUDGET } from '../model/drain/samples.ts';
import { deleted, webPod } from '../model/pods.ts';
import { createTargetsWorld, leaving, pod, type TargetsWorld } from './targets-world.ts';

const SECOND = 1_000;
const START_MS = 5 * SECOND;
/** Of a pod with a sleep of 45 s behind an ALB: the last one goes no sooner after its deletion, and none lives longer. */
const LAST_MS = 22 * SECOND;
const SLEEP_MS = 45 * SECOND;

type Life = { pod: Pod; bornAt: number; deletedAt?: number };

/** Pods of the Service and of another one that come and go at random, and take each other's few addresses over at once. */
class Herd {
  readonly lives: Life[] = [];
  readonly #world: TargetsWorld;
  readonly #random: () => number;
  #born = 0;

  constructor(world: TargetsWorld, random: () => number) {
    this.#world = world;
    this.#random = random;
  }

  step(): void {
    const now = this.#world.clock.monotonic();
    for (const life of [...this.lives]) this.#age(life, now);
    const running = this.lives.filter(({ deletedAt }) => deletedAt === undefined);
    if (running.length < 2 || (running.length < 6 && this.#random() < 0.4)) this.#bear(now);
    this.tell();
  }

  /** What the watches say: pods at once, endpoints as they are now. */
  tell(): void {
    this.#world.pods = this.lives.map((life) => life.pod);
  }

  get endpoints(): Endpoint[] {
    return this.lives.filter(isOurs).map(({ pod: one, deletedAt }) => {
      const n = Number(one.addresses[0]?.split('.')[3]);
      const as = { pod: { uid: one.uid, namespace: 'shop', name: one.name } };
      return deletedAt === undefined ? pod(n, { ...as, ready: one.ready }) : { ...leaving(n), ...as };
    });
  }

  /** The running pod of the Service at an address. */
  wantedAt(address: string): Life | undefined {
    return this.lives.find(
      (one) => isOurs(one) && one.deletedAt === undefined && one.pod.addresses[0] === address && one.pod.ready,
    );
  }

  #age(life: Life, now: number): void {
    const { deletedAt } = life;
    if (deletedAt !== undefined && now - deletedAt >= SLEEP_MS) this.lives.splice(this.lives.indexOf(life), 1);
    else if (deletedAt === undefined && now - life.bornAt >= START_MS) this.#mature(life, now);
  }

  #mature(life: Life, now: number): void {
    life.pod = { ...life.pod, ready: true, containersReady: true };
    if (this.#random() > 0.12) return;
    life.deletedAt = now;
    life.pod = deleted(life.pod, this.#world.clock.now());
  }

  #bear(now: number): void {
    const used = new Set(this.lives.map((one) => one.pod.addresses[0]));
    const free = Array.from({ length: 14 }, (_, n) => `10.0.1.${n + 10}`).filter((one) => !used.has(one));
    const address = free[Math.floor(this.#random() * free.length)];
    if (address === undefined) return;
    const uid = `pod-${(this.#born += 1)}`;
    const labels = { app: this.#random() < 0.8 ? 'web' : 'api' };
    const at = { addresses: [address], ready: false, containersReady: false };
    this.lives.push({ bornAt: now, pod: webPod(this.#born, { uid, name: `${labels.app}-${uid}`, labels, ...at }) });
  }
}

const isOurs = ({ pod: one }: Life): boolean => one.labels['app'] === 'web';

/** What must never happen when a target leaves the group. */
function watchInvariants(world: TargetsWorld, herd: Herd): string[] {
  const broken: string[] = [];
  const owners = new Map<string, Life>(); // target -> the pod it last stood for
  let before: string[] = [];
  let served = new Set<string>();
  world.aws.onChange(({ kind }) => {
    if (kind !== 'targets') return;
    const registered = world.registered;
    const healthy = world.healthy.filter((key) => herd.wantedAt(addressOf(key)));
    for (const key of before.filter((one) => !registered.includes(one))) broken.push(...judge(key, healthy));
    before = registered;
    served = new Set(world.healthy);
    for (const key of registered) {
      const owner = herd.wantedAt(addressOf(key));
      if (owner) owners.set(key, owner);
    }
  });
  const judge = (key: string, healthy: string[]): string[] => {
    const now = world.clock.monotonic();
    const wanted = herd.wantedAt(addressOf(key));
    const owner = owners.get(key);
    const inTime = owner?.deletedAt !== undefined && now - owner.deletedAt < LAST_MS;
    const last = served.has(key) && inTime && healthy.length === 0;
    return [
      ...(wanted ? [`${now}: ${key} is a live pod that is wanted`] : []),
      ...(last && herd.lives.includes(owner)
        ? [`${now}: ${key} was the last, ${now - (owner.deletedAt ?? 0)} ms after its deletion`]
        : []),
    ];
  };
  return broken;
}

const addressOf = (key: string): string => key.split(':')[0] ?? '';

/** Faults come and go, answers are lost, and the operator is killed and started again. Returns for how long this is to last. */
function trouble(world: TargetsWorld, random: () => number): number {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const action = pick(['RegisterTargets', 'DeregisterTargets', 'DescribeTargetHealth']);
  const when = pick(['before', 'after', 'half'] as const);
  const code = pick(['Throttling', 'InternalFailure']);
  if (random() < 0.05) {
    // Long enough for a pod to end and its address to be used again while its deregistration waits.
    world.aws.configure({ faults: [{ action: 'DeregisterTargets', code: 'Throttling', forMs: 60 * SECOND }] });
    return 60 * SECOND;
  }
  world.aws.configure({ faults: random() < 0.4 ? [{ action, code, when, probability: 0.7 }] : [] });
  if (random() < 0.06) world.restart();
  return 0;
}

async function live(seed: number, controls: Controls = NO_CONTROLS) {
  const random = seededRandom(seed);
  const spec = { drain: DRAIN_BUDGET };
  const world = await createTargetsWorld({ settings: { seed }, spec });
  world.controls = controls;
  world.podsSynced = true;
  world.restart();
  const herd = new Herd(world, random);
  const broken = watchInvariants(world, herd);
  let until = 0;
  for (let step = 0; step < 120; step++) {
    herd.step();
    if (world.clock.monotonic() >= until) until = world.clock.monotonic() + trouble(world, random);
    await world.changed(Math.floor(random() * 1_500)); // slices are late
    await world.put(herd.endpoints, Math.floor(random() * 2_500));
  }
  return { world, herd, broken };
}

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);

describe('pods that leave at random, with faults, kills and addresses that are used again', () => {
  test.each(SEEDS)('seed %d: neither the last one too early nor a live one, and it converges', async (seed) => {
    const { world, herd, broken } = await live(seed);
    expect(broken).toEqual([]);
    world.aws.configure({ faults: [] });
    for (const one of [...herd.lives]) if (one.deletedAt !== undefined) herd.lives.splice(herd.lives.indexOf(one), 1);
    for (const one of herd.lives) one.pod = { ...one.pod, ready: true, containersReady: true };
    herd.tell();
    await world.put(herd.endpoints, 700 * SECOND);
    expect(world.registered).toEqual(herd.endpoints.map(({ addresses }) => `${addresses[0]}:8080`).toSorted());
  });

  test.each(['deregister-first', 'no-uid-check'] as const)('control: with %s an invariant breaks', async (control) => {
    const found: string[] = [];
    for (const seed of SEEDS) if (found.length === 0) found.push(...(await live(seed, new Set([control]))).broken);
    expect(found).not.toEqual([]);
  });
});
