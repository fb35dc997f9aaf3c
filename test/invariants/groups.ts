import type { KubeObject } from '../../src/kube/api.ts';
import type { TargetGroupSpec } from '../../src/api/target-group.ts';
import type { TargetGroup } from '../../src/local/aws/state.ts';
import type { Service } from '../../src/local/cluster/objects.ts';
import type { World } from '../scenarios/world.ts';
import type { Biographies, Biography } from './biography.ts';

type State = { state: string; uid: string | undefined };

/** A target that was in use and is no more. */
export type Deregistered = {
  group: TargetGroup;
  key: string;
  address: string;
  wasHealthy: boolean;
  uid: string | undefined;
};

/** The target groups of local AWS over time: whom each target was registered for, and when it was last healthy. */
export class Groups {
  readonly #world: World;
  readonly #pods: Biographies;
  readonly #before = new Map<string, Map<string, State>>(); // ARN -> target -> as last seen
  readonly #healthyAt = new Map<string, number>(); // <ARN> <target>
  readonly #listeners: ((change: Deregistered) => void)[] = [];
  readonly #trace: (line: string) => void;

  constructor(world: World, pods: Biographies, trace: (line: string) => void) {
    this.#world = world;
    this.#pods = pods;
    this.#trace = trace;
    world.aws.onChange(({ kind, id }) => {
      const group = kind === 'targets' ? world.aws.state.targetGroups.get(id) : undefined;
      if (group !== undefined) this.#look(group);
    });
  }

  onDeregistered(listener: (change: Deregistered) => void): void {
    this.#listeners.push(listener);
  }

  /** The pod that had the address when it was last registered. */
  registeredFor(arn: string, key: string): string | undefined {
    return this.#before.get(arn)?.get(key)?.uid;
  }

  /** Takes note that a selected pod has the address of a target that is registered already. */
  adopt(arn: string, key: string, uid: string): void {
    const target = this.#before.get(arn)?.get(key);
    if (target !== undefined) target.uid = uid;
  }

  healthyWithin(arn: string, key: string, ms: number): boolean {
    const at = this.#healthyAt.get(`${arn} ${key}`) ?? Number.NEGATIVE_INFINITY;
    return this.#world.clock.monotonic() - at <= ms;
  }

  #look(group: TargetGroup): void {
    const before = this.#before.get(group.arn) ?? new Map<string, State>();
    const now = new Map(
      [...group.targets].map(([key, { id, state }]) => [key, this.#stateOf(before.get(key), { id, state })]),
    );
    this.#before.set(group.arn, now);
    for (const [key, was] of before) this.#compare(group, key, { was, is: now.get(key) });
    for (const [key, { state }] of now) {
      if (before.get(key)?.state !== state) this.#trace(`${group.name} ${key} ${state}`);
    }
  }

  #stateOf(was: State | undefined, { id, state }: { id: string; state: string }): State {
    const begins = state !== 'draining' && (was === undefined || was.state === 'draining');
    return { state, uid: begins ? this.#pods.at(id)?.uid : was?.uid };
  }

  #compare(group: TargetGroup, key: string, { was, is }: { was: State; is: State | undefined }): void {
    if (was.state === 'healthy') this.#healthyAt.set(`${group.arn} ${key}`, this.#world.clock.monotonic());
    if (is === undefined) this.#trace(`${group.name} ${key} gone`);
    if (was.state === 'draining' || (is !== undefined && is.state !== 'draining')) return;
    const [address = ''] = key.split(':');
    const change = { group, key, address, wasHealthy: was.state === 'healthy', uid: was.uid };
    for (const listener of this.#listeners) listener(change);
  }
}

export type GroupObject = { spec: TargetGroupSpec; created: number };

/** The TargetGroup object of an ARN. */
export function objectOf({ cluster, clock }: World, arn: string): GroupObject | undefined {
  const all = cluster.store.list('podwire.dev/targetgroups') as (KubeObject & { spec: TargetGroupSpec })[];
  const found = all.find(({ spec }) => spec.arn === arn);
  if (found === undefined) return undefined;
  const created = Date.parse(found.metadata.creationTimestamp ?? '') - (clock.now() - clock.monotonic());
  return { spec: found.spec, created };
}

/** Whether the Service behind a group selects the pod now. */
export function selectsNow({ cluster }: World, { spec }: GroupObject, { labels }: Biography): boolean {
  const service = cluster.store.get('/services', `shop/${spec.service.name}`) as Service | undefined;
  const wanted = Object.entries(service?.spec.selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
