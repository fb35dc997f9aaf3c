import type { MetricTable } from './metric.ts';

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 120, 300] as const;
/** A lead below 0 came too late. */
const LEAD_SECONDS = [-60, -30, -10, 0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300] as const;
const NAMESPACES = { most: 30, folded: ['namespace'] } as const;

/** What Podwire does, and nobody else. */
export const OWN = {
  podwire_leader: {
    kind: 'gauge',
    labels: [],
    help: '1 while this replica holds the lease and may change anything, else 0.',
  },
  podwire_deregister_lead_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: LEAD_SECONDS,
    help: 'From the acknowledged deregistration of a leaving pod until its containers get SIGTERM; below 0 it came too late.',
  },
  podwire_deregister_queue_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: SECONDS,
    help: 'From the first word of the end of a pod until AWS acknowledged its deregistration, the time it was held back left out.',
  },
  podwire_register_to_healthy_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: SECONDS,
    help: 'From the acknowledged registration of a target until it was first seen healthy.',
  },
  podwire_gate_open_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: SECONDS,
    help: 'From the ready containers of a gated pod until its gate was opened.',
  },
  podwire_closed_gates: {
    kind: 'gauge',
    labels: ['namespace'],
    ...NAMESPACES,
    help: 'Pods whose containers are ready and whose readiness gate is closed.',
  },
  podwire_drain_deadline_missed_total: {
    kind: 'counter',
    labels: ['namespace'],
    ...NAMESPACES,
    help: 'Leaving pods whose deregistration was acknowledged after the last moment their drain budget allows.',
  },
  podwire_unprotected_target_pods: {
    kind: 'gauge',
    labels: ['reason', 'namespace'],
    ...NAMESPACES,
    help: 'Pods behind a load balancer whose effective drain budget is too small, by what is missing.',
  },
  podwire_hold_active: {
    kind: 'gauge',
    labels: [],
    help: 'Leaving pods that are kept registered until a replacement serves.',
  },
  podwire_deregistration_held: {
    kind: 'gauge',
    labels: ['namespace', 'target_group'],
    most: 30,
    folded: ['namespace', 'target_group'],
    help: 'Targets the brake keeps registered, by target group.',
  },
  podwire_condition: {
    kind: 'gauge',
    labels: ['kind', 'namespace', 'name', 'type', 'reason'],
    most: 100,
    folded: ['namespace', 'name', 'reason'],
    help: '1 for each condition that is not as it should be (Stalled is True, another one is not True), by object; of an Ingress Accepted, with the reason why it is refused.',
  },
  podwire_condition_objects: {
    kind: 'gauge',
    labels: ['kind', 'type', 'status', 'reason'],
    most: 100,
    folded: ['reason'],
    help: 'Objects by what their conditions say.',
  },
  podwire_last_successful_sync_timestamp_seconds: {
    kind: 'gauge',
    labels: ['controller'],
    help: 'When a controller last ended a pass without an error, in seconds since 1970; absent before the first.',
  },
  podwire_watch_silence_seconds: {
    kind: 'gauge',
    labels: ['kind'],
    help: 'How long ago the API server last sent anything on the watch of a kind, bookmarks included; of several watches the longest.',
  },
  podwire_clock_skew_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'How far the clock of the API server is ahead of ours, to the second; absent before its first answer.',
  },
  podwire_check: {
    kind: 'gauge',
    labels: ['endpoint', 'name'],
    help: '1 for each check of /livez and /readyz that is fine, 0 for one that has failed.',
  },
} as const satisfies MetricTable;
