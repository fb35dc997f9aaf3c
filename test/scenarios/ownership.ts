import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import type { KubeApi, KubeObject, ObjectKey, Patch, Resource } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import type { AwsState, Tags } from '../../src/local/aws/state.ts';
import { PEER } from './peer.ts';
import { accessKeyOf, type World } from './world.ts';

export type Owner = 'podwire' | 'peer' | 'user';

const MARKS = {
  podwire: { tag: 'podwire.dev/cluster-uid', rule: 'podwire.dev/', finalizer: 'podwire.dev/load-balancer' },
  peer: { tag: PEER.clusterTag, rule: PEER.ruleDescription, finalizer: PEER.finalizer },
} as const;

const ownerOf = (tags: Tags = {}): Owner =>
  MARKS.podwire.tag in tags ? 'podwire' : MARKS.peer.tag in tags ? 'peer' : 'user';

const ownerOfRule = (description = ''): Owner =>
  description.startsWith(MARKS.podwire.rule) ? 'podwire' : description.startsWith(MARKS.peer.rule) ? 'peer' : 'user';

/** All that an owner has in AWS, a line each: listeners and rules are their load balancer's, targets their group's. */
export function ownedBy(state: AwsState, owner: Owner): string[] {
  const listeners = [...state.listeners.values()].filter(
    ({ loadBalancerArn }) => ownerOf(state.loadBalancers.get(loadBalancerArn)?.tags) === owner,
  );
  const arns = new Set(listeners.map(({ arn }) => arn));
  const plain = (map: Map<string, { tags: Tags }>): unknown[] =>
    [...map.values()].filter(({ tags }) => ownerOf(tags) === owner);
  return [
    ...plain(state.loadBalancers),
    ...listeners,
    ...[...state.rules.values()].filter(({ listenerArn }) => arns.has(listenerArn)),
    ...[...state.targetGroups.values()]
      .filter(({ tags }) => ownerOf(tags) === owner)
      .map(({ targets, ...group }) => ({
        ...group,
        targets: [...targets].map(([key, { state: is }]) => [key, is === 'draining']),
      })),
    ...[...state.securityGroups.values()].flatMap(({ rules, ...group }) => [
      ...(ownerOf(group.tags) === owner ? [group] : []),
      ...rules
        .filter(({ description, egress }) => !egress && ownerOfRule(description) === owner)
        .map((rule) => [group.id, rule]),
    ]),
  ].map((one) => JSON.stringify(one));
}

export type Trespass = { by: string; did: string; of: Owner; gone: string[]; come: string[] };

/** Sees every call of one party, and notes what it changed of somebody else's. */
export class Witness {
  readonly trespasses: Trespass[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** The AWS of one party. `may`: owners whose things it may change. */
  aws(by: string, may: readonly Owner[]): { elb: ElbApi; ec2: Ec2Api } {
    const { aws } = this.#world;
    const key = by === 'podwire' ? accessKeyOf('local') : undefined;
    return {
      elb: this.#watch(localElbApi(aws, key), { by, may }),
      ec2: this.#watch(localEc2Api(aws, key), { by, may }),
    };
  }

  // A call to local AWS has its effect before it returns its promise: what is different after it, it did.
  #watch<Api extends object>(api: Api, { by, may }: { by: string; may: readonly Owner[] }): Api {
    const others = (['podwire', 'peer', 'user'] as const).filter((owner) => !may.includes(owner));
    return new Proxy(api, {
      get: (target, method) => {
        const call = Reflect.get(target, method) as ((input: unknown) => Promise<unknown>) | undefined;
        if (call === undefined || String(method).startsWith('describe')) return call;
        return (input: unknown) => {
          const before = others.map((owner) => ownedBy(this.#world.aws.state, owner));
          const answer = call(input);
          others.forEach((of, index) =>
            this.#compare({ by, did: `${String(method)} ${JSON.stringify(input)}`, of }, before[index] ?? []),
          );
          return answer;
        };
      },
    });
  }

  #compare(who: Pick<Trespass, 'by' | 'did' | 'of'>, before: string[]): void {
    const after = ownedBy(this.#world.aws.state, who.of);
    const gone = before.filter((line) => !after.includes(line));
    const come = after.filter((line) => !before.includes(line));
    if (gone.length + come.length > 0) this.trespasses.push({ ...who, gone, come });
  }

  /** The cluster of one party: the other's finalizers, addresses and objects are not to be touched. */
  kube(by: 'podwire' | 'peer', api: KubeApi): KubeApi {
    const other = by === 'podwire' ? 'peer' : 'podwire';
    const note = (did: string): void => void this.trespasses.push({ by, did, of: other, gone: [], come: [] });
    return {
      ...api,
      patch: async (resource, key, patch) => {
        const lost = await this.#losesOf(other, { resource, key, patch });
        const answer = await api.patch(resource, key, patch);
        if (lost !== undefined) note(`patch ${resource.plural} ${key.name}: ${lost}`);
        return answer;
      },
      delete: async (resource, key) => {
        if (OBJECTS[other].includes(resource.plural)) note(`delete ${resource.plural} ${key.name}`);
        await api.delete(resource, key);
      },
    };
  }

  async #losesOf(
    other: 'podwire' | 'peer',
    { resource, key, patch }: { resource: Resource; key: ObjectKey; patch: Patch },
  ): Promise<string | undefined> {
    if (OBJECTS[other].includes(resource.plural)) return 'an object of the other';
    if (resource.plural !== RESOURCES.ingress.plural) return undefined;
    const now = await this.#world.kube.get(resource, key);
    const body = patch.body as Body;
    if (now === undefined) return undefined;
    if (losesFinalizer(now, body, MARKS[other].finalizer)) return 'its finalizer';
    const balancers = [...this.#world.aws.state.loadBalancers.values()].filter(({ tags }) => ownerOf(tags) === other);
    const names = balancers.map(({ dnsName }) => dnsName);
    return losesAddress(now, body, names) && isOf(now, other) ? 'its address' : undefined;
  }
}

type Body = { metadata?: { finalizers?: string[] }; status?: unknown };

const losesFinalizer = ({ metadata }: KubeObject, body: Body, finalizer: string): boolean =>
  body.metadata?.finalizers?.includes(finalizer) === false && metadata.finalizers?.includes(finalizer) === true;

const losesAddress = ({ status }: KubeObject, body: Body, names: string[]): boolean =>
  body.status !== undefined && names.some((name) => says(status, name) && !says(body.status, name));

const says = (status: unknown, name: string): boolean => JSON.stringify(status ?? {}).includes(name);

/** Whose an Ingress is now writes its address, whatever stood there. */
const isOf = ({ spec }: KubeObject, owner: 'podwire' | 'peer'): boolean =>
  ((spec as { ingressClassName?: string }).ingressClassName === PEER.class) === (owner === 'peer');

const OBJECTS: Record<'podwire' | 'peer', readonly string[]> = {
  podwire: ['targetgroups', 'loadbalancers'],
  peer: ['targetgroupbindings'],
};
