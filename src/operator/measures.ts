import type { CallRecord } from '../aws/budget.ts';
import { isQuota } from '../aws/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Condition, LoadBalancerObject } from '../cluster/objects.ts';
import { Denied, Invalid, Throttled } from '../errors.ts';
import type { Metrics, Sample } from '../metrics.ts';
import type { Clock } from '../runtime/clock.ts';
import type { QueueWatch, WorkQueue } from '../runtime/workqueue.ts';

type Measured = { metrics: Metrics; clock: Pick<Clock, 'now'> };

/** Tells what the queue of a controller does. */
export function watchQueue(controller: string, { metrics, clock }: Measured): QueueWatch {
  const queue = { name: controller, controller };
  let succeededAt: number | undefined;
  metrics.gauge('podwire_last_successful_sync_timestamp_seconds', () =>
    succeededAt === undefined ? [] : [{ labels: { controller }, value: succeededAt / 1_000 }],
  );
  return {
    added: () => metrics.count('workqueue_adds_total', queue),
    retried: () => metrics.count('workqueue_retries_total', queue),
    started: (waitedMs) => metrics.observe('workqueue_queue_duration_seconds', waitedMs / 1_000, queue),
    ended: ({ ranMs, result, final }) => {
      metrics.observe('workqueue_work_duration_seconds', ranMs / 1_000, queue);
      metrics.observe('controller_runtime_reconcile_time_seconds', ranMs / 1_000, { controller });
      metrics.count('controller_runtime_reconcile_total', { controller, result });
      if (result === 'error') metrics.count('controller_runtime_reconcile_errors_total', { controller });
      if (final) metrics.count('controller_runtime_terminal_reconcile_errors_total', { controller });
      if (result === 'success' || result === 'requeue_after') succeededAt = clock.now();
    },
  };
}

/** Tells how the queue of a controller stands. */
export function measureQueue(
  controller: string,
  queue: WorkQueue,
  { metrics, most }: { metrics: Metrics; most: number },
): void {
  const labels = { name: controller, controller };
  const seconds = () => queue.runningMs().map((ms) => ms / 1_000);
  metrics.gauge('workqueue_depth', () => [{ labels, value: queue.depth }]);
  metrics.gauge('workqueue_unfinished_work_seconds', () => [
    { labels, value: seconds().reduce((sum, one) => sum + one, 0) },
  ]);
  metrics.gauge('workqueue_longest_running_processor_seconds', () => [{ labels, value: Math.max(0, ...seconds()) }]);
  metrics.gauge('controller_runtime_active_workers', () => [{ labels: { controller }, value: queue.running }]);
  metrics.gauge('controller_runtime_max_concurrent_reconciles', () => [{ labels: { controller }, value: most }]);
}

/** Names of the services as the SDKs have them, which is how the peer labels them. */
const SERVICES: Record<string, string> = { elasticloadbalancing: 'Elastic Load Balancing v2', ec2: 'EC2' };

/** Tells of one request to AWS. */
export function measureCall(
  { action, sinceMs, settled, status, code, error, ...call }: CallRecord,
  metrics: Metrics,
): void {
  const service = SERVICES[call.service] ?? call.service;
  const labels = { service, operation: action, status_code: String(status ?? ''), error_code: code };
  metrics.count('aws_api_requests_total', labels);
  if (error instanceof Throttled) metrics.count('aws_api_call_throttled_errors_total', labels);
  if (!settled) return;
  metrics.count('aws_api_calls_total', labels);
  metrics.observe('aws_api_call_duration_seconds', sinceMs / 1_000, { service, operation: action });
  if (error instanceof Denied) metrics.count('aws_api_call_permission_errors_total', labels);
  if (!(error instanceof Invalid)) return;
  const quota = isQuota(error);
  metrics.count(
    quota ? 'aws_api_call_service_limit_exceeded_errors_total' : 'aws_api_call_validation_errors_total',
    labels,
  );
}

type Member = NonNullable<LoadBalancerObject['status']['members']>[number];
type Told = { kind: string; namespace: string; name: string; condition: Pick<Condition, 'type' | 'status' | 'reason'> };

/** Tells what the objects in the cluster say of themselves; only one replica does. */
export function measureObjects(cluster: Cluster, { metrics, leads }: { metrics: Metrics; leads: () => boolean }): void {
  metrics.gauge('aws_target_group_info', () => (leads() ? infosOf(cluster) : []));
  metrics.gauge('podwire_condition', () => (leads() ? troublesOf(cluster) : []));
  metrics.gauge('podwire_condition_objects', () => (leads() ? countsOf(cluster) : []));
}

function* infosOf(cluster: Cluster): Iterable<Sample<'aws_target_group_info'>> {
  for (const { namespace, spec } of cluster.targetGroups()) {
    const target_group = spec.arn.slice(spec.arn.lastIndexOf(':') + 1);
    yield { labels: { namespace, service: spec.service.name, target_group }, value: 1 };
  }
}

function* troublesOf(cluster: Cluster): Iterable<Sample<'podwire_condition'>> {
  for (const { kind, namespace, name, condition } of conditionsOf(cluster)) {
    const { type, reason } = condition;
    if (isTrouble(condition)) yield { labels: { kind, namespace, name, type, reason }, value: 1 };
  }
}

function* countsOf(cluster: Cluster): Iterable<Sample<'podwire_condition_objects'>> {
  for (const { kind, condition } of conditionsOf(cluster)) {
    const { type, status, reason } = condition;
    yield { labels: { kind, type, status, reason }, value: 1 };
  }
}

/** Of the conditions only these are bad news when they are True; to be under way is none. */
const isTrouble = ({ type, status }: Told['condition']): boolean =>
  type === 'Stalled' ? status === 'True' : type !== 'Reconciling' && status !== 'True';

/** An Ingress has no conditions of its own; whoever is alerted wants to know which one it is. */
function acceptanceOf({ namespace, name, accepted, reason, message }: Member): Told {
  const condition = { type: 'Accepted', status: accepted ? 'True' : 'False', reason, message } as const;
  return { kind: 'Ingress', namespace, name, condition };
}

function* conditionsOf(cluster: Cluster): Iterable<Told> {
  for (const { namespace, name, status } of cluster.loadBalancers()) {
    for (const condition of status.conditions ?? []) yield { kind: 'LoadBalancer', namespace, name, condition };
    for (const member of status.members ?? []) yield acceptanceOf(member);
  }
  for (const { namespace, name, status } of cluster.targetGroups())
    for (const condition of status.conditions ?? []) yield { kind: 'TargetGroup', namespace, name, condition };
  for (const { namespace, name, conditions = [] } of cluster.targetGroupBindings())
    for (const condition of conditions) yield { kind: 'TargetGroupBinding', namespace, name, condition };
}
