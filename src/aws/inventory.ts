import type { Tags } from '../model/stack.ts';
import { type ClusterIdentity, TAG } from '../model/tags.ts';
import type { Ec2Api, ElbApi } from './api.ts';
import { readPages } from './pages.ts';
import { readSecurityGroups } from './read-security-groups.ts';
import { readTags } from './read-tags.ts';
import { fromPairs } from './pairs.ts';

export type Kind = 'load-balancer' | 'target-group' | 'security-group';
/** One resource of ours. `arn` is the id for a security group. */
export type Owned = { kind: Kind; arn: string; name: string; tags: Tags };
export type InventorySettings = { elb: ElbApi; ec2: Ec2Api; cluster: ClusterIdentity; vpcId: string };

type Known = { owned: Map<string, Owned>; names: Map<string, string> };

const PAGE_SIZE = 400;
const nameKey = (kind: Kind, name: string): string => `${kind} ${name}`;

/** Whether these tags say that the resource is this cluster's: its name and its UID. */
export function isOurs(tags: Tags, cluster: ClusterIdentity): boolean {
  return tags[TAG.cluster] === cluster.name && tags[TAG.clusterUid] === cluster.uid;
}

/**
 * What the cluster owns in AWS, by its tags: read once when first asked for, then kept true by what we create and delete.
 * So every create looks up by tag first without a call.
 */
export class Inventory {
  readonly #settings: InventorySettings;
  #known: Promise<Known> | undefined;

  constructor(settings: InventorySettings) {
    this.#settings = settings;
  }

  /** Everything tagged with this stack. */
  async stack(key: string): Promise<Owned[]> {
    return (await this.all()).filter(({ tags }) => tags[TAG.stack] === key);
  }

  async all(): Promise<Owned[]> {
    return [...(await this.#read()).owned.values()];
  }

  /** The keys of all stacks that have something. */
  async stacks(): Promise<string[]> {
    const keys = (await this.all()).map(({ tags }) => tags[TAG.stack]);
    return [...new Set(keys.filter((key) => key !== undefined))].sort();
  }

  /** ARN of whoever has this name, ours or not. */
  async holderOf(kind: Kind, name: string): Promise<string | undefined> {
    return (await this.#read()).names.get(nameKey(kind, name));
  }

  async owns(arn: string): Promise<boolean> {
    return (await this.#read()).owned.has(arn);
  }

  created(resource: Owned): void {
    this.#change((known) => remember(known, resource));
  }

  deleted(arn: string): void {
    this.#change(({ owned, names }) => {
      const resource = owned.get(arn);
      owned.delete(arn);
      if (resource) names.delete(nameKey(resource.kind, resource.name));
    });
  }

  tagged(arn: string, tags: Tags): void {
    this.#change(({ owned }) => {
      const resource = owned.get(arn);
      if (resource) owned.set(arn, { ...resource, tags: { ...resource.tags, ...tags } });
    });
  }

  /** After an answer that got lost: what is there is read again when next asked for. */
  markStale(): void {
    this.#known = undefined;
  }

  /** In order, also after a reading that is still on its way. */
  #change(apply: (known: Known) => void): void {
    const known = this.#known;
    if (known) known.then(apply, () => undefined);
  }

  #read(): Promise<Known> {
    if (this.#known) return this.#known;
    const reading = this.#readAll();
    this.#known = reading;
    reading.catch(() => {
      if (this.#known === reading) this.#known = undefined;
    });
    return reading;
  }

  async #readAll(): Promise<Known> {
    const parts = await Promise.all([this.#loadBalancers(), this.#targetGroups(), this.#securityGroups()]);
    const known: Known = { owned: new Map(), names: new Map(parts.flatMap(({ names }) => names)) };
    const ours = parts.flatMap(({ resources }) => resources).filter(({ tags }) => isOurs(tags, this.#settings.cluster));
    for (const resource of ours) remember(known, resource);
    return known;
  }

  async #loadBalancers(): Promise<Part> {
    const { elb, vpcId } = this.#settings;
    const read = (next: { Marker?: string }) => elb.describeLoadBalancers({ PageSize: PAGE_SIZE, ...next });
    const all = await readPages(read, (answer) => answer.LoadBalancers);
    const found = all.map(({ LoadBalancerArn: arn = '', LoadBalancerName: name = '', VpcId }) => {
      return { arn, name, here: VpcId === vpcId };
    });
    return this.#withTags('load-balancer', found);
  }

  async #targetGroups(): Promise<Part> {
    const { elb, vpcId } = this.#settings;
    const read = (next: { Marker?: string }) => elb.describeTargetGroups({ PageSize: PAGE_SIZE, ...next });
    const all = await readPages(read, (answer) => answer.TargetGroups);
    const found = all.map(({ TargetGroupArn: arn = '', TargetGroupName: name = '', VpcId }) => {
      return { arn, name, here: VpcId === vpcId };
    });
    return this.#withTags('target-group', found);
  }

  async #withTags(kind: Kind, found: { arn: string; name: string; here: boolean }[]): Promise<Part> {
    const here = found.filter((resource) => resource.here);
    const tags = await readTags(
      this.#settings.elb,
      here.map(({ arn }) => arn),
    );
    const resources = here.map(({ arn, name }) => ({ kind, arn, name, tags: tags.get(arn) ?? {} }));
    return { resources, names: found.map(({ arn, name }) => [nameKey(kind, name), arn]) };
  }

  /** Names of security groups are unique in their VPC only, and AWS refuses a second one: only ours are read. */
  async #securityGroups(): Promise<Part> {
    const { ec2, cluster } = this.#settings;
    const groups = await readSecurityGroups(ec2, [
      { Name: `tag:${TAG.clusterUid}`, Values: [cluster.uid] },
      { Name: `tag:${TAG.cluster}`, Values: [cluster.name] },
    ]);
    const resources = groups.map(({ GroupId, GroupName, Tags }): Owned => {
      return { kind: 'security-group', arn: GroupId ?? '', name: GroupName ?? '', tags: fromPairs(Tags) };
    });
    return { resources, names: [] };
  }
}

type Part = { resources: Owned[]; names: [string, string][] };

function remember({ owned, names }: Known, resource: Owned): void {
  owned.set(resource.arn, resource);
  names.set(nameKey(resource.kind, resource.name), resource.arn);
}
