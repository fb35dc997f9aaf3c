import { type MetricTable, SHORT_SECONDS } from './metric.ts';

/** Controllers, their queues, the lease and the webhook. */
export const CONTROLLERS = {
  controller_runtime_reconcile_total: {
    kind: 'counter',
    labels: ['controller', 'result'],
    source: 'controller-runtime',
    help: 'Passes of a controller by how they ended: success, requeue_after, requeue (throttled, or without the lease) or error.',
  },
  controller_runtime_reconcile_errors_total: {
    kind: 'counter',
    labels: ['controller'],
    source: 'controller-runtime',
    help: 'Passes of a controller that ended with an error.',
  },
  controller_runtime_terminal_reconcile_errors_total: {
    kind: 'counter',
    labels: ['controller'],
    source: 'controller-runtime',
    help: 'Those of them that are not tried again before something changes.',
  },
  controller_runtime_reconcile_timeouts_total: {
    kind: 'counter',
    labels: ['controller'],
    source: 'controller-runtime',
    help: 'Passes of a controller that took longer than they may.',
  },
  controller_runtime_reconcile_time_seconds: {
    kind: 'histogram',
    labels: ['controller'],
    buckets: SHORT_SECONDS,
    source: 'controller-runtime',
    help: 'How long passes of a controller took.',
  },
  controller_runtime_max_concurrent_reconciles: {
    kind: 'gauge',
    labels: ['controller'],
    source: 'controller-runtime',
    help: 'Passes of a controller that may run at once.',
  },
  controller_runtime_active_workers: {
    kind: 'gauge',
    labels: ['controller'],
    source: 'controller-runtime',
    help: 'Passes of a controller that run.',
  },
  workqueue_depth: {
    kind: 'gauge',
    labels: ['name', 'controller'],
    source: 'controller-runtime',
    help: 'Keys that wait for a pass.',
  },
  workqueue_adds_total: {
    kind: 'counter',
    labels: ['name', 'controller'],
    source: 'controller-runtime',
    help: 'Keys that came to wait for a pass.',
  },
  workqueue_retries_total: {
    kind: 'counter',
    labels: ['name', 'controller'],
    source: 'controller-runtime',
    help: 'Keys that are tried again after an error.',
  },
  workqueue_queue_duration_seconds: {
    kind: 'histogram',
    labels: ['name', 'controller'],
    buckets: SHORT_SECONDS,
    source: 'controller-runtime',
    help: 'How long keys waited for their pass.',
  },
  workqueue_work_duration_seconds: {
    kind: 'histogram',
    labels: ['name', 'controller'],
    buckets: SHORT_SECONDS,
    source: 'controller-runtime',
    help: 'How long the pass of a key took.',
  },
  workqueue_unfinished_work_seconds: {
    kind: 'gauge',
    labels: ['name', 'controller'],
    source: 'controller-runtime',
    help: 'For how long all passes that run have been running, added up.',
  },
  workqueue_longest_running_processor_seconds: {
    kind: 'gauge',
    labels: ['name', 'controller'],
    source: 'controller-runtime',
    help: 'For how long the pass has been running that began first.',
  },
  leader_election_master_status: {
    kind: 'gauge',
    labels: ['name'],
    source: 'controller-runtime',
    help: '1 while this replica holds the lease of that name, else 0.',
  },
  controller_runtime_webhook_requests_total: {
    kind: 'counter',
    labels: ['webhook', 'code'],
    source: 'controller-runtime',
    help: 'Admission requests by path and HTTP status of the answer.',
  },
  controller_runtime_webhook_latency_seconds: {
    kind: 'histogram',
    labels: ['webhook'],
    buckets: SHORT_SECONDS,
    source: 'controller-runtime',
    help: 'How long answers to admission requests took.',
  },
  controller_runtime_webhook_requests_in_flight: {
    kind: 'gauge',
    labels: ['webhook'],
    source: 'controller-runtime',
    help: 'Admission requests that are being answered.',
  },
} as const satisfies MetricTable;
