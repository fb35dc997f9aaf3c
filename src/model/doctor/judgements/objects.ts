import { type Condition, type Ingress, keyOf, type LoadBalancerObject, type Pod } from '../../../cluster/objects.ts';
import { classify } from '../../group.ts';
import type { CheckName } from '../checks.ts';
import type { DoctorFacts, ObjectFacts } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';

/** What is younger may still be on its way. */
const PATIENCE_MS = 300_000;
/** So many objects are named one by one. */
const NAMED = 10;

export function judgeObjects(facts: DoctorFacts): Finding[] {
  const { objects, now, settings } = facts;
  if ('unknown' in objects) return [isSkipped('objects', 'Ingresses', objects.unknown)];
  const { loadBalancers, targetGroups } = objects.value;
  const by = 'value' in settings ? { controllerId: settings.value.controllerId } : {};
  const ours = objects.value.ingresses.filter((one) => classify(one, objects.value.classes, by).ours);
  const unwell = [
    ...loadBalancers.flatMap((one) => judgeLoadBalancer(one)),
    ...ours.flatMap((one) => judgeIngress(one, { objects: objects.value, now })),
    ...targetGroups.flatMap((one) => {
      const why = whyNotReady(one.status.conditions);
      const words = { in: one.namespace, service: one.spec.service.name };
      return why === undefined
        ? []
        : [found('TargetGroupNotReady', { object: `TargetGroup ${keyOf(one)}`, message: why, words })];
    }),
  ];
  const counts = `${ours.length} Ingresses, ${loadBalancers.length} LoadBalancers, ${targetGroups.length} TargetGroups`;
  return unwell.length === 0 ? [isWell('objects', counts, 'all Ready')] : abridged('objects', unwell);
}

/** The reason and message of the condition Ready; undefined where it is True. */
function whyNotReady(conditions: readonly Condition[] = []): string | undefined {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return ready === undefined ? 'the operator has not told of it yet' : `${ready.reason}: ${ready.message}`;
}

function judgeLoadBalancer({ name, status }: LoadBalancerObject): Finding[] {
  const why = whyNotReady(status.conditions);
  // A member that is refused is told of the Ingress.
  const refused = (status.members ?? []).some(({ accepted }) => !accepted);
  if (why === undefined || refused) return [];
  return [found('LoadBalancerNotReady', { object: `LoadBalancer ${name}`, message: why, words: { name } })];
}

function judgeIngress(ingress: Ingress, { objects, now }: { objects: ObjectFacts; now: string }): Finding[] {
  const object = `Ingress ${keyOf(ingress)}`;
  const words = { in: ingress.namespace, name: ingress.name };
  const members = objects.loadBalancers.flatMap(({ status }) => status.members ?? []);
  const refused = members.find(({ uid, accepted }) => uid === ingress.uid && !accepted);
  if (refused) return [found('IngressRefused', { object, message: `${refused.reason}: ${refused.message}`, words })];
  const age = Date.parse(now) - Date.parse(ingress.created);
  if (ingress.hostnames.length > 0 || age < PATIENCE_MS) return [];
  return [found('IngressWithoutAddress', { object, message: 'it has no address', words })];
}

export function judgeGates({ pods, now }: DoctorFacts): Finding[] {
  if ('unknown' in pods) return [isSkipped('gates', 'pods', pods.unknown)];
  const gated = pods.value.filter((pod) => pod.gated && !pod.deleting);
  const closed = gated.filter((pod) => isClosedTooLong(pod, now));
  if (closed.length === 0) return [isWell('gates', `${gated.length} pods with a gate`, 'none waits for long')];
  const each = closed.map(({ namespace, name, gate }) => {
    const message = gate === undefined ? 'nobody has looked at its gate' : `${gate.reason}: ${gate.message}`;
    return found('GateClosed', { object: `Pod ${namespace}/${name}`, message, words: { in: namespace, name } });
  });
  return abridged('gates', each);
}

const isClosedTooLong = ({ gate, containersReady, containersReadyAt = '' }: Pod, now: string): boolean =>
  gate?.status !== 'True' && containersReady && !(Date.parse(now) - Date.parse(containersReadyAt) < PATIENCE_MS);

/** The first of each reason one by one, and how many more there are. */
function abridged(check: CheckName, findings: Finding[]): Finding[] {
  return Object.entries(Object.groupBy(findings, ({ reason = '' }) => reason)).flatMap(([reason, same = []]) => {
    const more = same.length - NAMED;
    const rest = more > 0 ? [isSkipped(check, `${more} more`, `${reason}, not told one by one`)] : [];
    return [...same.slice(0, NAMED), ...rest];
  });
}
