import type { Table } from './annotation.ts';
import { anything, bool, matching, oneOf, stringMap, text, wholeNumber } from './reader.ts';

const own = { on: 'Ingress, Service', merge: 'own', acted: true } as const;

/** Target groups and their health checks. */
export const TARGET_KEYS = {
  'target-type': {
    ...own,
    type: 'enum',
    read: oneOf('ip', 'instance'),
    default: 'setting `default-target-type`',
    about: 'Whether targets are Pod addresses or node ports.',
  },
  'backend-protocol': {
    ...own,
    type: 'enum',
    read: oneOf('HTTP', 'HTTPS'),
    default: 'HTTP',
    about: 'Protocol toward the targets.',
  },
  'backend-protocol-version': {
    ...own,
    type: 'enum',
    read: oneOf('HTTP1', 'HTTP2', 'GRPC'),
    default: 'HTTP1',
    about: 'Version of the protocol toward the targets.',
  },
  'target-group-attributes': {
    ...own,
    type: 'map',
    read: stringMap,
    about: 'Attributes of the target groups; only those listed are set.',
  },
  'target-node-labels': {
    ...own,
    type: 'map',
    read: stringMap,
    default: 'all nodes that can serve',
    about: 'Labels of the nodes that become instance targets.',
  },
  'healthcheck-port': {
    ...own,
    type: 'port',
    read: text(),
    default: 'traffic-port',
    about: 'A number, `traffic-port` or the name of a Service port.',
  },
  'healthcheck-protocol': {
    ...own,
    type: 'enum',
    read: oneOf('HTTP', 'HTTPS'),
    default: 'as `backend-protocol`',
    about: 'Protocol of the health check.',
  },
  'healthcheck-path': {
    ...own,
    type: 'path',
    read: matching('a path of at most 1024 characters that begins with /', /^\/.{0,1023}$/),
    default: '`/`, or `/AWS.ALB/healthcheck` with GRPC',
    about: 'Path of the health check.',
  },
  'healthcheck-interval-seconds': {
    ...own,
    type: 'number',
    read: wholeNumber(5, 300),
    default: '15',
    about: 'Seconds between two health checks of a target.',
  },
  'healthcheck-timeout-seconds': {
    ...own,
    type: 'number',
    read: wholeNumber(2, 120),
    default: '5, or 4 with an interval of 5',
    about: 'Seconds after which a health check has failed; less than the interval.',
  },
  'healthy-threshold-count': {
    ...own,
    type: 'number',
    read: wholeNumber(2, 10),
    default: '2',
    about: 'Successes in a row that make an unhealthy target healthy.',
  },
  'unhealthy-threshold-count': {
    ...own,
    type: 'number',
    read: wholeNumber(2, 10),
    default: '2',
    about: 'Failures in a row that make a target unhealthy.',
  },
  'success-codes': {
    ...own,
    type: 'codes',
    read: matching('codes and ranges such as 200 or 200-299,404', /^\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*$/),
    default: '`200`, or `12` with GRPC',
    about: 'Answers of a healthy target.',
  },
  'multi-cluster-target-group': {
    ...own,
    acted: false,
    type: 'bool',
    read: bool,
    default: 'false',
    about: 'Targets of several clusters in one target group.',
  },
  'target-control-port.*': {
    ...own,
    on: 'Ingress',
    acted: false,
    type: 'port',
    read: anything,
    about: 'Port of the target control agent, for `<service>.<port>`.',
  },
} as const satisfies Table;
