/** One alert of Prometheus; its runbook is docs/runbooks/<name>.md. */
export type Alert = {
  readonly expr: string;
  /** For how long the expression must hold. */
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
};

/**
 * Every alert, by name. Of the metrics those that begin with `podwire_` are ours; the others are kube-state-metrics', which still
 * tells when no operator runs.
 */
export const ALERTS = {
  PodwireNoLeader: {
    expr: 'absent(podwire_leader) or sum(podwire_leader) < 1 or sum by (name) (leader_election_master_status) < 1',
    for: '1m',
    severity: 'critical',
    summary: 'No replica of Podwire leads: nothing is registered or deregistered, and closed gates stay closed.',
  },
  PodwireTwoLeaders: {
    // Each operator of a cluster has a lease of its own; without leases there are as many leaders as replicas.
    expr: 'sum by (name) (leader_election_master_status) > 1 or (sum(podwire_leader) > 1 unless on () sum(leader_election_master_status))',
    for: '30s',
    severity: 'critical',
    summary: 'More than one replica of Podwire says that it leads.',
  },
  PodwireGatesClosed: {
    expr: 'sum by (namespace) (podwire_closed_gates) > 0',
    for: '15m',
    severity: 'warning',
    summary:
      'Pods of {{ $labels.namespace }} run and are not ready, since the load balancer has not seen them healthy.',
  },
  PodwireGatesClosedWithoutOperator: {
    expr: `count by (namespace) (
  (kube_pod_status_ready{condition="true"} == 0)
  and on (namespace, pod) (min by (namespace, pod) (kube_pod_container_status_ready) == 1)
) > 0 unless on () (sum(podwire_leader) >= 1)`,
    for: '5m',
    severity: 'critical',
    summary: 'Pods of {{ $labels.namespace }} run and are not ready, and no operator is there to open their gate.',
  },
  PodwireDrainDeadlineMissed: {
    expr: 'sum by (namespace) (increase(podwire_drain_deadline_missed_total[15m])) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'Pods of {{ $labels.namespace }} ended while load balancer nodes could still send to them.',
  },
  PodwireUnprotectedPods: {
    expr: 'sum by (namespace, reason) (podwire_unprotected_target_pods) > 0',
    for: '1h',
    severity: 'warning',
    summary:
      'Pods of {{ $labels.namespace }} behind a load balancer have too small a drain budget: {{ $labels.reason }}.',
  },
  PodwireStalled: {
    expr: 'max by (kind, namespace, name, reason) (podwire_condition{type=~"Stalled|Accepted"}) > 0',
    for: '10m',
    severity: 'warning',
    summary:
      '{{ $labels.kind }} {{ $labels.namespace }}/{{ $labels.name }} is not served as it says, and waits for somebody: {{ $labels.reason }}.',
  },
  PodwireDeregistrationHeld: {
    expr: 'sum by (namespace, target_group) (podwire_deregistration_held) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'The brake keeps targets of {{ $labels.namespace }}/{{ $labels.target_group }} registered.',
  },
} as const satisfies Record<string, Alert>;
