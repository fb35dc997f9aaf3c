import type { Table } from './annotation.ts';
import { anything } from './reader.ts';

const later = { on: 'Ingress', merge: 'exclusive', type: 'text', read: anything, acted: false } as const;

/** A Network Load Balancer in front of the Application Load Balancer. */
export const FRONTEND_NLB_KEYS = {
  'enable-frontend-nlb': { ...later, type: 'bool', about: 'Puts a Network Load Balancer in front.' },
  'frontend-nlb-scheme': { ...later, type: 'enum', about: 'Its scheme.' },
  'frontend-nlb-subnets': { ...later, type: 'list', about: 'Its subnets.' },
  'frontend-nlb-security-groups': { ...later, type: 'list', about: 'Its security groups.' },
  'frontend-nlb-listener-port-mapping': { ...later, type: 'map', about: 'Its ports and the listener behind each.' },
  'frontend-nlb-healthcheck-port': { ...later, type: 'port', about: 'Port of its health check.' },
  'frontend-nlb-healthcheck-protocol': { ...later, type: 'enum', about: 'Protocol of its health check.' },
  'frontend-nlb-healthcheck-path': { ...later, type: 'path', about: 'Path of its health check.' },
  'frontend-nlb-healthcheck-interval-seconds': { ...later, type: 'number', about: 'Interval of its health check.' },
  'frontend-nlb-healthcheck-timeout-seconds': { ...later, type: 'number', about: 'Time-out of its health check.' },
  'frontend-nlb-healthcheck-healthy-threshold-count': {
    ...later,
    type: 'number',
    about: 'Successes that make it healthy.',
  },
  'frontend-nlb-healthcheck-unhealthy-threshold-count': {
    ...later,
    type: 'number',
    about: 'Failures that make it unhealthy.',
  },
  'frontend-nlb-healthcheck-success-codes': { ...later, type: 'codes', about: 'Answers that count as healthy.' },
  'frontend-nlb-tags': { ...later, type: 'map', about: 'Its tags.' },
  'frontend-nlb-eip-allocations': { ...later, type: 'list', about: 'Its Elastic IP addresses.' },
  'frontend-nlb-attributes': { ...later, type: 'map', about: 'Its attributes.' },
} as const satisfies Table;
