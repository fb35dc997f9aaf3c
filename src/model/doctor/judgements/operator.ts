import type { DoctorFacts, LeaseFacts, OperatorPod, SettingsFacts } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';
import { wordsOf } from './words.ts';

export function judgeOperator(facts: DoctorFacts): Finding[] {
  const { operator } = facts;
  if ('unknown' in operator) return [isSkipped('operator', 'pods of Podwire', operator.unknown)];
  const releases = Object.entries(Object.groupBy(operator.value, placeOf));
  const others = releases.filter(([place]) => place !== placeOf({ ...facts.release, instance: facts.release.name }));
  const own = operator.value.filter((pod) => others.every(([place]) => place !== placeOf(pod)));
  const told = others.map(([place, pods = []]) => ({ place, pods }));
  return [
    ...judgeReplicas(facts, own),
    ...told.filter(({ pods }) => !isApart(facts, pods)).map((other) => secondRelease(facts, other)),
    ...told
      .filter(({ pods }) => isApart(facts, pods))
      .map(({ place, pods: [first] }) =>
        isWell(
          'operator',
          `release ${place}`,
          `serves beside this one, as controllerId ${first?.controllerId || 'none'}`,
        ),
      ),
  ];
}

/** Whether a release goes by another id than ours. */
const isApart = ({ settings }: DoctorFacts, pods: OperatorPod[]): boolean =>
  'value' in settings && pods.every(({ controllerId }) => controllerId !== settings.value.controllerId);

const placeOf = ({ namespace, instance }: Pick<OperatorPod, 'namespace' | 'instance'>): string =>
  `${namespace}/${instance}`;

function secondRelease({ release }: DoctorFacts, { place, pods }: { place: string; pods: OperatorPod[] }): Finding {
  const [namespace = '', instance = ''] = place.split('/');
  const message = `runs beside ${release.namespace}/${release.name}: ${pods.map(({ name }) => name).join(', ')}`;
  return found('SecondRelease', { object: `release ${place}`, message, words: { in: namespace, other: instance } });
}

function judgeReplicas(facts: DoctorFacts, pods: OperatorPod[]): Finding[] {
  const { release } = facts;
  const words = wordsOf(facts);
  const object = `release ${release.namespace}/${release.name}`;
  const [first] = pods;
  if (first === undefined) return [judgeNoPods(facts, object)];
  const unready = pods.filter(({ ready }) => !ready);
  if (unready.length === pods.length) return [noReplicaReady(first, pods.length)];
  const each = unready.map((pod) =>
    found('OperatorNotReady', {
      object: `Pod ${pod.namespace}/${pod.name}`,
      message: `is not Ready: ${pod.trouble || 'no reason is told'}`,
      words: { in: pod.namespace, name: pod.name },
    }),
  );
  if (each.length > 0) return each;
  if (pods.length === 1) return [found('OneReplica', { object, message: 'has one replica', words })];
  return [isWell('operator', object, `${pods.length} replicas, all Ready`)];
}

function noReplicaReady({ namespace, name, trouble }: OperatorPod, count: number): Finding {
  const message = `none of ${count} is Ready; this one: ${trouble || 'no reason is told'}`;
  return found('NoReplicaReady', { object: `Pod ${namespace}/${name}`, message, words: { in: namespace, name } });
}

/** Somebody who renews the lease runs elsewhere. */
function judgeNoPods(facts: DoctorFacts, object: string): Finding {
  const { lease, settings } = facts;
  const held = 'value' in lease && lease.value !== 'absent' && !isStale(lease.value, facts.now);
  if (held && 'value' in settings)
    return isWell('operator', object, 'has no pods; an operator outside holds the lease');
  return found('OperatorMissing', { object, message: 'has no pods', words: wordsOf(facts) });
}

export function judgeLease(facts: DoctorFacts): Finding[] {
  const { lease, settings } = facts;
  if (!('value' in settings)) return [isSkipped('lease', 'Lease', 'the settings are not valid')];
  const object = `Lease ${settings.value.leaseNamespace}/${settings.value.leaseName}`;
  if ('unknown' in lease) return [isSkipped('lease', object, lease.unknown)];
  return [judgeHolder(facts, { settings: settings.value, lease: lease.value, object })];
}

type Held = { settings: SettingsFacts; lease: LeaseFacts | 'absent'; object: string };

function judgeHolder(facts: DoctorFacts, { settings, lease, object }: Held): Finding {
  const words = { in: settings.leaseNamespace, name: settings.leaseName };
  if (lease === 'absent') return found('LeaseMissing', { object, message: 'it is not there', words });
  if (lease.holder === undefined) return found('LeaseFree', { object, message: 'nobody holds it', words });
  const age = ((Date.parse(facts.now) - Date.parse(lease.renewed)) / 1_000).toFixed(0);
  if (isStale(lease, facts.now)) {
    const gone = podOf(facts, lease.holder) === 'gone' ? ', whose pod is gone' : '';
    const message = `held by ${lease.holder}${gone}, last renewed ${age} seconds ago; wanted every few seconds`;
    return found('LeaseStale', { object, message, words });
  }
  const message = `held by ${lease.holder}, renewed ${age} seconds ago`;
  if (podOf(facts, lease.holder) !== 'gone' || hasNoPods(facts)) return isWell('lease', object, message);
  return found('LeaseHeldElsewhere', { object, message: `${message}, and that is no pod of the release`, words });
}

/** After three times its duration another replica would have it. A Date tells whole seconds. */
const isStale = ({ renewed, durationSeconds }: LeaseFacts, now: string): boolean =>
  !(Date.parse(now) - Date.parse(renewed) < 3_000 * durationSeconds + 1_000);

/** An identity is the name of the pod and a UUID. */
function podOf({ operator }: DoctorFacts, holder: string): 'there' | 'gone' | 'unknown' {
  if ('unknown' in operator) return 'unknown';
  const name = holder.slice(0, holder.lastIndexOf('_'));
  return operator.value.some((pod) => pod.name === name) ? 'there' : 'gone';
}

const hasNoPods = ({ operator }: DoctorFacts): boolean => 'value' in operator && operator.value.length === 0;
