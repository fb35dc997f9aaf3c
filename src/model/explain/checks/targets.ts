import { keyOf } from '../../../cluster/objects.ts';
import { isLeaving } from '../../leaving.ts';
import type { TargetView } from '../facts.ts';
import { type Finding, found } from '../findings.ts';
import { conditionOf, type GroupWay, type TargetWay, targetWaysOf, zonesOf } from '../groups.ts';

/** Whether the targets of a group are those that the cluster wants, where the load balancer can send to. */
export function checkTargets(group: GroupWay): Finding[] {
  return [
    ...checkRoutable(group),
    ...checkLocal(group),
    ...checkGroupThere(group),
    ...targetWaysOf(group).flatMap((target) => checkTarget(target, group)),
    ...checkStale(group),
  ];
}

function checkGroupThere({ object, view, facts }: GroupWay): Finding[] {
  if (facts.aws === undefined || view !== undefined) return [];
  return [found('TargetGroupGone', `TargetGroup ${keyOf(object)}: AWS has no target group ${object.spec.arn}`)];
}

function checkRoutable({ object, selection }: GroupWay): Finding[] {
  const condition = conditionOf(object, 'PodIPsRoutable');
  if (object.spec.targetType !== 'ip' || condition?.status !== 'False') return [];
  const named = selection.rejected.filter(({ reason }) => reason === 'UnroutableAddress');
  const severity = selection.targets.length > 0 ? 'notice' : 'broken';
  if (named.length === 0)
    return [found('PodIPNotRoutable', `TargetGroup ${keyOf(object)}: ${condition.message}`, { severity })];
  return named.slice(0, 1).map(({ what, message }) => {
    const others = named.length - 1;
    const more = others > 0 ? { more: `${others} more` } : {};
    return found('PodIPNotRoutable', `${what}: ${message}`, { severity, ...more });
  });
}

function checkLocal({ object, service, selection, facts }: GroupWay): Finding[] {
  if (object.spec.targetType !== 'instance' || service?.externalTrafficPolicy !== 'Local') return [];
  if (selection.targets.length > 0) return [];
  const endpoints = facts.slices.filter((slice) => slice.service === service.name).flatMap((slice) => slice.endpoints);
  const nodes = [...new Set(endpoints.flatMap(({ ready, node }) => (ready && node !== undefined ? [node] : [])))];
  if (nodes.length === 0) return [];
  const message = `Service ${keyOf(service)} has externalTrafficPolicy Local, and no node that may be a target has a ready pod of it; its pods are on ${nodes.join(', ')}`;
  const more = selection.rejected.map(({ what, message: why }) => `${what}: ${why}`).join('; ');
  return [found('NoLocalEndpoint', message, { more })];
}

function checkTarget(way: TargetWay, group: GroupWay): Finding[] {
  const { name, state, pod } = way;
  if (group.view === undefined) return [];
  if (state === undefined) return [notRegistered(way, group)];
  if (state.state === 'draining' && !(pod && isLeaving(pod))) return [draining(way, state)];
  if (state.state !== 'unused') return [];
  return checkZone(way, group) ?? [found('TargetUnused', `target ${name}: ${state.description} (${state.reason})`)];
}

function draining({ name, pod, target }: TargetWay, { reason }: TargetView): Finding {
  const who = pod ? `pod ${keyOf(pod)}` : `node ${target.node ?? target.id}`;
  return found('TargetDraining', `target ${name} is draining (${reason}), and ${who} serves`);
}

function notRegistered({ name }: TargetWay, { object, view }: GroupWay): Finding {
  const told = conditionOf(object, 'TargetsRegistered');
  const because = told?.status === 'False' ? `: ${told.reason}: ${told.message}` : '';
  return found('NotRegistered', `target ${name} is not registered in target group ${view?.name}${because}`);
}

function checkZone({ name, place }: TargetWay, { loadBalancer }: GroupWay): Finding[] | undefined {
  if (place === undefined || loadBalancer === undefined) return undefined;
  const zones = zonesOf(loadBalancer);
  if (zones.includes(place.zone)) return undefined;
  const message = `target ${name} is in zone ${place.zone}, and the load balancer is in ${listed(zones)} only`;
  return [found('ZoneNotEnabled', message)];
}

const listed = (names: string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Registered targets behind which nothing of the Service is; a pod as the subject has nothing to do with them. */
function checkStale({ view, selection, object, facts }: GroupWay): Finding[] {
  if (view === undefined || facts.subject.kind === 'pod') return [];
  const known = new Set([...selection.targets, ...selection.others].map(({ id, port }) => `${id}:${port}`));
  const addresses = new Set(facts.pods.flatMap((pod) => pod.addresses));
  const { targetType, service } = object.spec;
  const owner = targetType === 'ip' ? 'pod' : 'node';
  return view.targets
    .filter(({ id, port, state }) => state !== 'draining' && !known.has(`${id}:${port}`) && !addresses.has(id))
    .map(({ id, port }) => {
      const whose = `no ${owner} of Service ${object.namespace}/${service.name} has its address`;
      return found('StaleTarget', `target ${id}:${port} is registered, and ${whose}`);
    });
}
