import { type MetricTable, SHORT_SECONDS } from './metric.ts';

/** Calls to the API server. */
export const KUBERNETES = {
  rest_client_requests_total: {
    kind: 'counter',
    labels: ['code', 'method', 'host'],
    source: 'controller-runtime',
    help: 'Requests to the API server by HTTP status and method; <error> where no answer came.',
  },
  rest_client_request_duration_seconds: {
    kind: 'histogram',
    labels: ['verb', 'host'],
    buckets: SHORT_SECONDS,
    source: 'controller-runtime',
    help: 'From a request to the API server until its answer began.',
  },
} as const satisfies MetricTable;

const CALL = { labels: ['service', 'operation', 'status_code', 'error_code'], source: 'peer' } as const;
const OTHERS = { folded: ['operation', 'status_code', 'error_code'] } as const;

/** Calls to AWS, and what hangs on them. */
export const AWS = {
  aws_api_calls_total: {
    kind: 'counter',
    ...CALL,
    most: 60,
    ...OTHERS,
    help: 'Calls to AWS by how they ended, with all that was tried again counted as one.',
  },
  aws_api_call_duration_seconds: {
    kind: 'histogram',
    labels: ['service', 'operation'],
    buckets: [0.1, 1, 10],
    most: 20,
    folded: ['operation'],
    source: 'peer',
    help: 'From the wish to make a call until its end: the wait for its turn and what was tried again included.',
  },
  aws_api_requests_total: {
    kind: 'counter',
    ...CALL,
    most: 60,
    ...OTHERS,
    help: 'Requests that were sent to AWS.',
  },
  aws_api_call_permission_errors_total: {
    kind: 'counter',
    ...CALL,
    most: 12,
    ...OTHERS,
    help: 'Calls that failed since AWS does not know or does not allow who asks.',
  },
  aws_api_call_service_limit_exceeded_errors_total: {
    kind: 'counter',
    ...CALL,
    most: 12,
    ...OTHERS,
    help: 'Calls that failed at a quota of AWS.',
  },
  aws_api_call_throttled_errors_total: {
    kind: 'counter',
    ...CALL,
    most: 12,
    ...OTHERS,
    help: 'Requests that AWS throttled; each is sent again.',
  },
  aws_api_call_validation_errors_total: {
    kind: 'counter',
    ...CALL,
    most: 12,
    ...OTHERS,
    help: 'Calls that failed since AWS does not take what was asked for.',
  },
  awslbc_readiness_gate_ready_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: [10, 30, 60, 120, 300, 600],
    source: 'peer',
    help: 'From the registration of a pod with a readiness gate until the gate was opened. Without the labels namespace and name: with them every object would have a histogram of its own.',
  },
  aws_target_group_info: {
    kind: 'gauge',
    labels: ['namespace', 'service', 'target_group'],
    most: 3_000,
    folded: ['namespace', 'service', 'target_group'],
    source: 'peer',
    help: '1 for each target group, named as in CloudWatch, with the Service whose pods are its targets.',
  },
} as const satisfies MetricTable;
