import type { Node, Pod, Service, TargetGroupObject } from '../../cluster/objects.ts';
import { networkOf } from '../network.ts';
import { instanceIdOf } from '../node-kind.ts';
import { keyOfTarget, type Selection, type Target } from '../target.ts';
import { selectTargets } from '../targets.ts';
import type { LoadBalancerView, PlaceView, TargetGroupView, TargetView, WayFacts } from './facts.ts';

/** One target group of the way, as the cluster wants it and as AWS has it. */
export type GroupWay = {
  object: TargetGroupObject;
  service: Service | undefined;
  selection: Selection;
  /** Absent where AWS was not asked or has it no more. */
  view?: TargetGroupView;
  loadBalancer?: LoadBalancerView;
  facts: WayFacts;
};

/** Every target group that leads to the subject. */
export function groupWaysOf(facts: WayFacts): GroupWay[] {
  return facts.groups.map((object) => {
    const service = facts.services.find(({ name }) => name === object.spec.service.name);
    const view = facts.aws?.groups.find(({ arn }) => arn === object.spec.arn);
    const loadBalancer = facts.aws?.loadBalancers.find(({ arn }) => view?.loadBalancers.includes(arn));
    const selection = selectionOf(object, { service, facts });
    return { object, service, selection, facts, ...(view && { view }), ...(loadBalancer && { loadBalancer }) };
  });
}

function selectionOf(object: TargetGroupObject, { service, facts }: { service: Service | undefined; facts: WayFacts }) {
  const slices = facts.slices.filter((slice) => slice.service === object.spec.service.name);
  const pods = new Map(facts.pods.map((pod) => [pod.uid, pod]));
  const nodeOf = (name: string): Node | undefined => facts.nodes.find((node) => node.name === name);
  // Which CIDRs are declared routable the operator knows alone: what it takes for reachable is.
  const unroutable = conditionOf(object, 'PodIPsRoutable')?.status === 'False';
  const network = unroutable && facts.aws ? networkOf(facts.aws.subnets) : undefined;
  return selectTargets({
    object,
    service,
    slices,
    nodes: facts.nodes,
    podOf: (uid) => pods.get(uid),
    nodeOf,
    network,
  });
}

export const conditionOf = ({ status }: TargetGroupObject, type: string) =>
  status.conditions?.find((one) => one.type === type);

/** A target that the cluster wants, with what AWS says of it. */
export type TargetWay = {
  target: Target;
  name: string;
  state?: TargetView;
  place?: PlaceView;
  pod?: Pod;
};

/** The wanted targets of a group; of a pod as the subject only its own. */
export function targetWaysOf({ selection, view, facts }: GroupWay): TargetWay[] {
  return selection.targets
    .map((target) => {
      const state = view?.targets.find(({ id, port }) => id === target.id && port === target.port);
      const pod = facts.pods.find(({ uid }) => uid === target.uid);
      const place = placeOf(target, facts);
      const name = keyOfTarget(target);
      return { target, name, ...(state && { state }), ...(place && { place }), ...(pod && { pod }) };
    })
    .filter((way) => concerns(way, facts));
}

function concerns({ pod, target }: TargetWay, { subject, pods }: WayFacts): boolean {
  if (subject.kind !== 'pod') return true;
  if (pod !== undefined) return pod.name === subject.name;
  return pods.some(({ name, node }) => name === subject.name && node === target.node);
}

const placeOf = ({ id }: Pick<Target, 'id'>, { aws }: WayFacts): PlaceView | undefined => aws?.places[id];

/** The port that health checks go to. */
export const checkedPort = ({ view }: GroupWay, target: Target): number =>
  view === undefined || view.healthCheck.port === 'traffic-port' ? target.port : view.healthCheck.port;

/** Zones that the load balancer is in. */
export const zonesOf = ({ zones }: LoadBalancerView): string[] => zones.map(({ zone }) => zone).toSorted();

/** The node that an instance id names. */
export const nodeOfInstance = (id: string, nodes: readonly Node[]): Node | undefined =>
  nodes.find((node) => instanceIdOf(node) === id);
