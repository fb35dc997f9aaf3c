import { validationError } from '../error.ts';

/** What a value may be: a set of words, a range of whole numbers (with other words beside it), or any text. */
type Allowed = { oneOf?: readonly string[]; range?: readonly [number, number]; also?: readonly string[] };
export type Attribute = Allowed & { key: string; value: string; for: readonly string[] };

const BOOLEAN = { oneOf: ['true', 'false'] } as const;
const ANY = {} as const;
const ALB = ['application'] as const;
const NLB = ['network'] as const;
const BOTH = ['application', 'network'] as const;

function attribute(key: string, value: string, rest: Allowed & { for: readonly string[] }): Attribute {
  return { key, value, ...rest };
}

/** Attributes of a load balancer with their defaults, by load balancer type (elbv2 API, LoadBalancerAttribute). */
export const LOAD_BALANCER_ATTRIBUTES: Attribute[] = [
  attribute('deletion_protection.enabled', 'false', { for: BOTH, ...BOOLEAN }),
  attribute('load_balancing.cross_zone.enabled', 'true', { for: ALB, oneOf: ['true'] }),
  attribute('load_balancing.cross_zone.enabled', 'false', { for: NLB, ...BOOLEAN }),
  attribute('access_logs.s3.enabled', 'false', { for: BOTH, ...BOOLEAN }),
  attribute('access_logs.s3.bucket', '', { for: BOTH, ...ANY }),
  attribute('access_logs.s3.prefix', '', { for: BOTH, ...ANY }),
  attribute('ipv6.deny_all_igw_traffic', 'false', { for: BOTH, ...BOOLEAN }),
  attribute('zonal_shift.config.enabled', 'false', { for: BOTH, ...BOOLEAN }),
  attribute('idle_timeout.timeout_seconds', '60', { for: ALB, range: [1, 4000] }),
  attribute('client_keep_alive.seconds', '3600', { for: ALB, range: [60, 604800] }),
  attribute('connection_logs.s3.enabled', 'false', { for: ALB, ...BOOLEAN }),
  attribute('connection_logs.s3.bucket', '', { for: ALB, ...ANY }),
  attribute('connection_logs.s3.prefix', '', { for: ALB, ...ANY }),
  attribute('health_check_logs.s3.enabled', 'false', { for: ALB, ...BOOLEAN }),
  attribute('health_check_logs.s3.bucket', '', { for: ALB, ...ANY }),
  attribute('health_check_logs.s3.prefix', '', { for: ALB, ...ANY }),
  attribute('routing.http.desync_mitigation_mode', 'defensive', {
    for: ALB,
    oneOf: ['monitor', 'defensive', 'strictest'],
  }),
  attribute('routing.http.drop_invalid_header_fields.enabled', 'false', { for: ALB, ...BOOLEAN }),
  attribute('routing.http.preserve_host_header.enabled', 'false', { for: ALB, ...BOOLEAN }),
  attribute('routing.http.x_amzn_tls_version_and_cipher_suite.enabled', 'false', { for: ALB, ...BOOLEAN }),
  attribute('routing.http.xff_client_port.enabled', 'false', { for: ALB, ...BOOLEAN }),
  attribute('routing.http.xff_header_processing.mode', 'append', { for: ALB, oneOf: ['append', 'preserve', 'remove'] }),
  attribute('routing.http2.enabled', 'true', { for: ALB, ...BOOLEAN }),
  attribute('waf.fail_open.enabled', 'false', { for: ALB, ...BOOLEAN }),
  attribute('dns_record.client_routing_policy', 'any_availability_zone', {
    for: NLB,
    oneOf: ['any_availability_zone', 'partial_availability_zone_affinity', 'availability_zone_affinity'],
  }),
  attribute('secondary_ips.auto_assigned.per_subnet', '0', { for: NLB, range: [0, 7] }),
];

/** Attributes of a target group with their defaults, by the type of load balancer its protocol is for. */
export const TARGET_GROUP_ATTRIBUTES: Attribute[] = [
  attribute('deregistration_delay.timeout_seconds', '300', { for: BOTH, range: [0, 3600] }),
  attribute('stickiness.enabled', 'false', { for: BOTH, ...BOOLEAN }),
  attribute('stickiness.type', 'lb_cookie', { for: ALB, oneOf: ['lb_cookie', 'app_cookie'] }),
  attribute('stickiness.type', 'source_ip', { for: NLB, oneOf: ['source_ip'] }),
  attribute('stickiness.lb_cookie.duration_seconds', '86400', { for: ALB, range: [1, 604800] }),
  attribute('stickiness.app_cookie.cookie_name', '', { for: ALB, ...ANY }),
  attribute('stickiness.app_cookie.duration_seconds', '86400', { for: ALB, range: [1, 604800] }),
  attribute('load_balancing.algorithm.type', 'round_robin', {
    for: ALB,
    oneOf: ['round_robin', 'least_outstanding_requests', 'weighted_random'],
  }),
  attribute('load_balancing.algorithm.anomaly_mitigation', 'off', { for: ALB, oneOf: ['on', 'off'] }),
  attribute('load_balancing.cross_zone.enabled', 'use_load_balancer_configuration', {
    for: BOTH,
    oneOf: ['true', 'false', 'use_load_balancer_configuration'],
  }),
  attribute('slow_start.duration_seconds', '0', { for: ALB, range: [30, 900], also: ['0'] }),
  attribute('target_group_health.dns_failover.minimum_healthy_targets.count', '1', {
    for: BOTH,
    range: [1, 1000],
    also: ['off'],
  }),
  attribute('target_group_health.dns_failover.minimum_healthy_targets.percentage', 'off', {
    for: BOTH,
    range: [1, 100],
    also: ['off'],
  }),
  attribute('target_group_health.unhealthy_state_routing.minimum_healthy_targets.count', '1', {
    for: BOTH,
    range: [1, 1000],
  }),
  attribute('target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage', 'off', {
    for: BOTH,
    range: [1, 100],
    also: ['off'],
  }),
  attribute('deregistration_delay.connection_termination.enabled', 'false', { for: NLB, ...BOOLEAN }),
  attribute('preserve_client_ip.enabled', 'true', { for: NLB, ...BOOLEAN }),
  attribute('proxy_protocol_v2.enabled', 'false', { for: NLB, ...BOOLEAN }),
  attribute('target_health_state.unhealthy.connection_termination.enabled', 'true', { for: NLB, ...BOOLEAN }),
  attribute('target_health_state.unhealthy.draining_interval_seconds', '0', { for: NLB, range: [0, 360000] }),
];

const RESPONSE_HEADERS = [
  'strict_transport_security',
  'access_control_allow_origin',
  'access_control_allow_methods',
  'access_control_allow_headers',
  'access_control_allow_credentials',
  'access_control_expose_headers',
  'access_control_max_age',
  'content_security_policy',
  'x_content_type_options',
  'x_frame_options',
];
const REQUEST_HEADERS = [
  'x_amzn_mtls_clientcert',
  'x_amzn_mtls_clientcert_serial_number',
  'x_amzn_mtls_clientcert_issuer',
  'x_amzn_mtls_clientcert_subject',
  'x_amzn_mtls_clientcert_validity',
  'x_amzn_mtls_clientcert_leaf',
  'x_amzn_tls_version',
  'x_amzn_tls_cipher_suite',
];

/** Attributes of a listener with their defaults, by load balancer type. */
export const LISTENER_ATTRIBUTES: Attribute[] = [
  attribute('tcp.idle_timeout.seconds', '350', { for: NLB, range: [60, 6000] }),
  attribute('routing.http.response.server.enabled', 'true', { for: ALB, ...BOOLEAN }),
  ...RESPONSE_HEADERS.map((name) => attribute(`routing.http.response.${name}.header_value`, '', { for: ALB, ...ANY })),
  ...REQUEST_HEADERS.map((name) => attribute(`routing.http.request.${name}.header_name`, '', { for: ALB, ...ANY })),
];

/** The defaults of a type, overlaid with what was set. Keys beyond the table stay as they were set. */
export function effectiveAttributes(
  table: Attribute[],
  type: string,
  set: Record<string, string>,
): Record<string, string> {
  const defaults = table.filter((entry) => entry.for.includes(type)).map(({ key, value }) => [key, value]);
  return { ...Object.fromEntries(defaults), ...set };
}

const KEY_SHAPE = /^[a-z0-9_]+(\.[a-z0-9_]+)+$/;
const MOST_AT_ONCE = 20;
const LONGEST_VALUE = 1024;

type Wanted = { Key?: string | undefined; Value?: string | undefined }[];

/**
 * The attributes of a modify call, all or nothing. An unknown key of the usual shape is refused, or taken as it is
 * where `passUnknown` says so: AWS adds keys more often than this table.
 */
export function checkedAttributes(
  table: Attribute[],
  wanted: Wanted,
  of: { type: string; passUnknown?: boolean },
): Record<string, string> {
  if (wanted.length > MOST_AT_ONCE) throw validationError(`At most ${MOST_AT_ONCE} attributes can be modified at once`);
  const pairs = wanted.map(({ Key: key = '', Value: value = '' }) => {
    const entry = table.find((known) => known.key === key && known.for.includes(of.type));
    const passes = !entry && of.passUnknown && KEY_SHAPE.test(key) && !table.some((known) => known.key === key);
    if (!entry && !passes) throw validationError(`${of.type} attribute key '${key}' is not recognized`);
    if (value.length > LONGEST_VALUE || (entry && !isAllowed(entry, value)))
      throw validationError(`Value '${value}' of attribute '${key}' is not valid: ${expectation(entry)}`);
    return [key, value] as const;
  });
  return Object.fromEntries(pairs);
}

function isAllowed({ oneOf, range, also }: Allowed, value: string): boolean {
  if (also?.includes(value)) return true;
  if (oneOf) return oneOf.includes(value);
  if (!range) return true;
  return /^\d+$/.test(value) && Number(value) >= range[0] && Number(value) <= range[1];
}

function expectation(entry: Allowed | undefined): string {
  const words = [...(entry?.oneOf ?? []), ...(entry?.also ?? [])].join(', ');
  const range = entry?.range ? `a number from ${entry.range[0]} to ${entry.range[1]}` : '';
  return [words, range].filter(Boolean).join(' or ') || `at most ${LONGEST_VALUE} characters`;
}
