import { servicesOf } from '../model/group.ts';
import type {
  EndpointSlice,
  Ingress,
  IngressClass,
  IngressClassParams,
  LoadBalancerObject,
  Node,
  Pod,
  Service,
  TargetGroupBinding,
  TargetGroupObject,
} from './objects.ts';
import { CLUSTER_WIDE, type Kept, type Kind } from './project.ts';
import { Store } from './store.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** Name of the class an Ingress asks for, '' when it asks for none; the old annotation wins, as with the peer. */
const classNameOf = ({ annotations, className }: Ingress): string => annotations[CLASS_ANNOTATION] ?? className ?? '';

const serviceKey = (namespace: string, service: string): string => `${namespace}/${service}`;

/** The cluster as the watches have it, and the questions that are asked of it. */
export class Cluster {
  readonly stores = {
    ingress: new Store<Ingress, 'service' | 'class' | 'namespace'>({
      service: (ingress) => servicesOf(ingress).map((name) => serviceKey(ingress.namespace, name)),
      class: (ingress) => [classNameOf(ingress)],
      namespace: (ingress) => [ingress.namespace],
    }),
    ingressClass: new Store<IngressClass, 'params'>({
      params: ({ parameters }) => (parameters?.kind === 'IngressClassParams' ? [parameters.name] : []),
    }),
    ingressClassParams: new Store<IngressClassParams>(),
    service: new Store<Service>(),
    endpointSlice: new Store<EndpointSlice, 'service' | 'address'>({
      service: (slice) => [serviceKey(slice.namespace, slice.service)],
      address: ({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses.slice(0, 1)),
    }),
    node: new Store<Node, 'address'>({ address: ({ addresses }) => addresses }),
    namespace: new Store<Kept['namespace']>(),
    pod: new Store<Pod, 'namespace' | 'uid' | 'address'>({
      namespace: (pod) => [pod.namespace],
      uid: (pod) => [pod.uid],
      address: (pod) => pod.addresses,
    }),
    targetGroup: new Store<TargetGroupObject, 'namespace' | 'service' | 'loadBalancer'>({
      namespace: ({ namespace }) => [namespace],
      service: ({ namespace, spec }) => [serviceKey(namespace, spec.service.name)],
      loadBalancer: ({ spec }) => [spec.loadBalancer],
    }),
    loadBalancer: new Store<LoadBalancerObject>(),
    targetGroupBinding: new Store<TargetGroupBinding, 'namespace'>({ namespace: ({ namespace }) => [namespace] }),
  };
  readonly #podsSynced = new Set<string>(); // namespaces

  /** Whether every kind has had its first full list, pods apart. Before that nothing may be deregistered or deleted. */
  synced(): boolean {
    return this.unsynced().length === 0;
  }

  /** Kinds whose first full list is still to come. */
  unsynced(): Kind[] {
    return CLUSTER_WIDE.filter((kind) => !this.stores[kind].synced);
  }

  ingress(namespace: string, name: string): Ingress | undefined {
    return this.stores.ingress.get(namespace, name);
  }

  ingresses(): Iterable<Ingress> {
    return this.stores.ingress.values();
  }

  /** Ingresses that ask for the class by its name; `''` are those that name none. */
  ingressesOfClass(name: string): Ingress[] {
    return this.stores.ingress.by('class', name);
  }

  ingressesOfService(namespace: string, service: string): Ingress[] {
    return this.stores.ingress.by('service', serviceKey(namespace, service));
  }

  ingressesOfNamespace(namespace: string): Ingress[] {
    return this.stores.ingress.by('namespace', namespace);
  }

  ingressClasses(): IngressClass[] {
    return [...this.stores.ingressClass.values()];
  }

  classesWithParams(name: string): IngressClass[] {
    return this.stores.ingressClass.by('params', name);
  }

  ingressClassParams(name: string): IngressClassParams | undefined {
    return this.stores.ingressClassParams.get('', name);
  }

  service(namespace: string, name: string): Service | undefined {
    return this.stores.service.get(namespace, name);
  }

  /** Pods are known only where they are watched: see `podsSynced`. */
  pod(namespace: string, name: string): Pod | undefined {
    return this.stores.pod.get(namespace, name);
  }

  pods(): Iterable<Pod> {
    return this.stores.pod.values();
  }

  podsOfNamespace(namespace: string): Pod[] {
    return this.stores.pod.by('namespace', namespace);
  }

  podByUid(uid: string): Pod | undefined {
    return this.stores.pod.by('uid', uid)[0];
  }

  /** Pods that hold an address, ended ones and those of the node's own network among them. */
  podsAt(address: string): Pod[] {
    return this.stores.pod.by('address', address);
  }

  /** Whether all pods of the namespace are known. Where they are not, a pod that is missing says nothing. */
  podsSynced(namespace: string): boolean {
    return this.#podsSynced.has(namespace);
  }

  /** To be called when the first full list of the namespace's pods has been taken. */
  markPodsSynced(namespace: string): void {
    this.#podsSynced.add(namespace);
  }

  /** Forgets the pods of a namespace that is no longer watched. Nobody is told: they are not gone. */
  forgetPods(namespace: string): void {
    this.#podsSynced.delete(namespace);
    for (const pod of this.podsOfNamespace(namespace)) this.stores.pod.remove(pod);
  }

  slicesOf(namespace: string, service: string): EndpointSlice[] {
    return this.stores.endpointSlice.by('service', serviceKey(namespace, service));
  }

  /** EndpointSlices of whatever Service that have an endpoint whose first address is this one. */
  slicesAt(address: string): EndpointSlice[] {
    return this.stores.endpointSlice.by('address', address);
  }

  nodesAt(address: string): Node[] {
    return this.stores.node.by('address', address);
  }

  node(name: string): Node | undefined {
    return this.stores.node.get('', name);
  }

  nodes(): Node[] {
    return [...this.stores.node.values()];
  }

  /** Labels of a namespace; none for one that is not there. */
  namespaceLabels(namespace: string): Record<string, string> {
    return this.stores.namespace.get('', namespace)?.labels ?? {};
  }

  namespaces(): string[] {
    return [...this.stores.namespace.values()].map(({ name }) => name);
  }

  /** Whether the namespace is being deleted: nothing can be made in it. */
  isEnding(namespace: string): boolean {
    return this.stores.namespace.get('', namespace)?.deleting ?? false;
  }

  targetGroup(namespace: string, name: string): TargetGroupObject | undefined {
    return this.stores.targetGroup.get(namespace, name);
  }

  targetGroups(): Iterable<TargetGroupObject> {
    return this.stores.targetGroup.values();
  }

  targetGroupObjectsOf(namespace: string, service: string): TargetGroupObject[] {
    return this.stores.targetGroup.by('service', serviceKey(namespace, service));
  }

  targetGroupsOfNamespace(namespace: string): TargetGroupObject[] {
    return this.stores.targetGroup.by('namespace', namespace);
  }

  targetGroupBinding(namespace: string, name: string): TargetGroupBinding | undefined {
    return this.stores.targetGroupBinding.get(namespace, name);
  }

  targetGroupBindings(): Iterable<TargetGroupBinding> {
    return this.stores.targetGroupBinding.values();
  }

  targetGroupBindingsOfNamespace(namespace: string): TargetGroupBinding[] {
    return this.stores.targetGroupBinding.by('namespace', namespace);
  }

  /** TargetGroup objects of one LoadBalancer object. */
  targetGroupsOf(loadBalancer: string): TargetGroupObject[] {
    return this.stores.targetGroup.by('loadBalancer', loadBalancer);
  }

  loadBalancer(name: string): LoadBalancerObject | undefined {
    return this.stores.loadBalancer.get('', name);
  }

  loadBalancers(): Iterable<LoadBalancerObject> {
    return this.stores.loadBalancer.values();
  }
}
