import { bool, matching, oneOf, type Reader, wholeNumber } from './annotations/reader.ts';
import { type Finding } from './problem.ts';

/** Values AWS takes for the attributes we know; every other attribute is passed on as it is. */
const KNOWN: Record<string, Reader<unknown>> = {
  'deregistration_delay.timeout_seconds': wholeNumber(0, 3600),
  'slow_start.duration_seconds': matching('0, or 30 to 900', /^(0|[3-9]\d|[1-8]\d\d|900)$/),
  'stickiness.enabled': bool,
  'stickiness.type': oneOf('lb_cookie', 'app_cookie'),
  'stickiness.lb_cookie.duration_seconds': wholeNumber(1, 604_800),
  'stickiness.app_cookie.duration_seconds': wholeNumber(1, 604_800),
  'load_balancing.algorithm.type': oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'),
  'load_balancing.algorithm.anomaly_mitigation': oneOf('on', 'off'),
  'load_balancing.cross_zone.enabled': oneOf('true', 'false', 'use_load_balancer_configuration'),
  'idle_timeout.timeout_seconds': wholeNumber(1, 4000),
  'client_keep_alive.seconds': wholeNumber(60, 604_800),
  'deletion_protection.enabled': bool,
  'access_logs.s3.enabled': bool,
  'connection_logs.s3.enabled': bool,
  'routing.http2.enabled': bool,
  'routing.http.drop_invalid_header_fields.enabled': bool,
  'routing.http.preserve_host_header.enabled': bool,
  'routing.http.xff_client_port.enabled': bool,
  'routing.http.desync_mitigation_mode': oneOf('monitor', 'defensive', 'strictest'),
  'routing.http.xff_header_processing.mode': oneOf('append', 'preserve', 'remove'),
  'waf.fail_open.enabled': bool,
};

/** What is wrong with a map of attributes. */
export function checkAttributes(attributes: Record<string, string>, field: string): Finding[] {
  return Object.entries(attributes).flatMap(([key, given]) => {
    const outcome = Object.hasOwn(KNOWN, key) ? KNOWN[key]?.(given) : undefined;
    if (outcome === undefined || 'value' in outcome) return [];
    return [
      { reason: 'InvalidValue', field, message: `${key}: wanted ${outcome.wanted}; given ${JSON.stringify(given)}` },
    ];
  });
}

/** Of a map as long as an annotation may be, the first ones say enough. */
const MOST_TOLD = 10;

/** What AWS would refuse in a map of tags, and what only we may write. */
export function checkTags(tags: Record<string, string>, field: string): Finding[] {
  const wrong = Object.entries(tags).filter(([key, value]) => !TAG_KEY.test(key) || !TAG_VALUE.test(value));
  return wrong.slice(0, MOST_TOLD).map(([key, value]) => ({
    reason: 'InvalidValue',
    field,
    message: `wanted a key of 1 to 128 and a value of at most 256 letters, digits, spaces and _.:/=+-@, the key not beginning with aws: or podwire.dev/; given ${key}=${value}`,
  }));
}

const TAG_KEY = /^(?!aws:|podwire\.dev\/)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
