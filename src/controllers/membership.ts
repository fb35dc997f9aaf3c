import type { Ingress, IngressClass, IngressClassParams, LoadBalancerObject } from '../cluster/objects.ts';
import { type ClassSettings, classify, stackKeyOf, type Verdict } from '../model/group.ts';
import type { Problem } from '../model/stack.ts';

/** Reason of a member that has moved to another stack and is served until clients have followed it. */
export const MOVED = 'Moved';

/** What membership asks of the cluster. */
export type MembershipCluster = {
  ingresses(): Iterable<Ingress>;
  ingressClasses(): IngressClass[];
  ingressClassParams(name: string): IngressClassParams | undefined;
  loadBalancers(): Iterable<LoadBalancerObject>;
};

/** Where one Ingress stands: in a stack, in none because it is not ours, or in none because its stack cannot be said. */
export type Place = {
  verdict: Verdict;
  class?: IngressClass;
  params?: IngressClassParams;
  stack?: string;
  problem?: Problem;
};

/** Which Ingress belongs to which stack, worked out once per change of Ingresses and classes. */
export class Membership {
  readonly #cluster: MembershipCluster;
  readonly #settings: ClassSettings;
  #places = new WeakMap<Ingress, Place>(); // projection of an Ingress -> its place under the classes of now
  #stacks: Map<string, Ingress[]> | undefined; // stack -> its Ingresses, deleting ones included

  constructor(cluster: MembershipCluster, settings: ClassSettings = {}) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** To be called when an Ingress changed, or a class, or its parameters. */
  invalidate(what: 'ingress' | 'class'): void {
    this.#stacks = undefined;
    if (what === 'class') this.#places = new WeakMap();
  }

  of(stack: string): Ingress[] {
    this.#stacks ??= this.#build();
    return this.#stacks.get(stack) ?? [];
  }

  stacks(): string[] {
    this.#stacks ??= this.#build();
    return [...this.#stacks.keys()];
  }

  place(ingress: Ingress): Place {
    const known = this.#places.get(ingress);
    if (known !== undefined) return known;
    const place = this.#find(ingress);
    // Who serves an Ingress whose stack it does not say itself may become known later.
    if (place.problem === undefined && place.verdict.reason !== 'ClassGone') this.#places.set(ingress, place);
    return place;
  }

  #build(): Map<string, Ingress[]> {
    const stacks = new Map<string, Ingress[]>();
    for (const ingress of this.#cluster.ingresses()) {
      const { stack } = this.place(ingress);
      if (stack === undefined) continue;
      stacks.set(stack, [...(stacks.get(stack) ?? []), ingress]);
    }
    return stacks;
  }

  #find(ingress: Ingress): Place {
    const verdict = classify(ingress, this.#cluster.ingressClasses(), this.#settings);
    if (!verdict.ours) return { verdict };
    const context = this.#contextOf(verdict.class);
    const found = stackKeyOf({ ingress, ...context });
    // What its class said of the group went with the class, and a wrong annotation says nothing: it stays where it is served.
    const lost = verdict.reason === 'ClassGone' || 'problem' in found;
    const served = lost ? this.#servedBy(ingress) : undefined;
    return { verdict, ...context, ...found, ...(served !== undefined && { stack: served }) };
  }

  #contextOf(of: IngressClass | undefined): Pick<Place, 'class' | 'params'> {
    if (of === undefined) return {};
    const named = of.parameters?.kind === 'IngressClassParams' ? of.parameters.name : undefined;
    const params = named === undefined ? undefined : this.#cluster.ingressClassParams(named);
    return { class: of, ...(params && { params }) };
  }

  #servedBy({ uid }: Ingress): string | undefined {
    for (const { spec, status } of this.#cluster.loadBalancers()) {
      // Who has moved is served by two for a while, and belongs to the one it moved to.
      if (status.members?.some((member) => member.uid === uid && member.reason !== MOVED)) return spec.stack;
    }
    return undefined;
  }
}
