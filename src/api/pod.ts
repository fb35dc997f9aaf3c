/** The names that Podwire's users meet on pods, namespaces and in a namespace's drain lines. */

/** Readiness gate of a pod that a load balancer sends to: True once it was seen healthy in every target group. */
export const GATE = 'podwire.dev/target-ready';

/** What the peer's readiness gates begin with; the name of a TargetGroupBinding follows. */
export const PEER_GATE_PREFIX = 'target-health.elbv2.k8s.aws/';

/** Pod annotation `on` or `off`: whether anything is injected into it. */
export const DRAIN = 'podwire.dev/drain';

/** Pod annotations that say what was injected: the pod author's grace, the seconds of the sleep, and the containers that carry it. */
export const INJECTED = {
  appGraceSeconds: 'podwire.dev/app-grace-seconds',
  preStopSeconds: 'podwire.dev/injected-prestop-seconds',
  containers: 'podwire.dev/injected-containers',
} as const;

/** Pod label: such a pod is refused unless it carries the gate and the sleep. */
export const REQUIRE_DRAIN = 'podwire.dev/require-drain';

/** Namespace label, value `enabled`: every pod of it is protected from its first generation on. */
export const INJECT = 'podwire.dev/inject';

/** The ConfigMap of a namespace that holds one drain line per Service. */
export const DRAIN_LINES = 'podwire-drain';

/** Its annotation: since when each line asks for as much as it does, as JSON of RFC 3339 by Service. */
export const DRAIN_SINCE = 'podwire.dev/drain-lines-since';
