import type { ServicePort } from '../cluster/objects.ts';
import { fieldOf, type Reading, read } from './annotations/source.ts';
import type { ServiceInput } from './input.ts';
import { refused } from './problem.ts';
import type { HealthCheck, TargetGroup } from './stack.ts';

/** What a health check depends on besides its own annotations. */
export type Checked = Pick<TargetGroup, 'protocol' | 'protocolVersion' | 'targetType'> & { service: ServiceInput };

/** What counts where an annotation says nothing: the peer's values. Seconds and times in a row. */
const UNSAID = { intervalSeconds: 15, timeoutSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 2 };

/** Reads the health check of a target group; what is wrong becomes a problem of the reading. */
export function readHealthCheck(reading: Reading, checked: Checked): HealthCheck {
  const intervalSeconds = read(reading, 'healthcheck-interval-seconds') ?? UNSAID.intervalSeconds;
  const check: HealthCheck = {
    ...readPlace(reading, checked),
    intervalSeconds,
    // AWS wants the time-out shorter than the interval, which may be as short as 5 seconds.
    timeoutSeconds:
      read(reading, 'healthcheck-timeout-seconds') ?? Math.min(UNSAID.timeoutSeconds, intervalSeconds - 1),
    healthyThreshold: read(reading, 'healthy-threshold-count') ?? UNSAID.healthyThreshold,
    unhealthyThreshold: read(reading, 'unhealthy-threshold-count') ?? UNSAID.unhealthyThreshold,
    matcher: readMatcher(reading, checked.protocolVersion === 'GRPC'),
  };
  checkTimes(check, reading);
  return check;
}

type Place = Pick<HealthCheck, 'protocol' | 'path' | 'port'>;

function readPlace(reading: Reading, checked: Checked): Place {
  const given = {
    protocol: read(reading, 'healthcheck-protocol'),
    path: read(reading, 'healthcheck-path'),
    port: readPort(reading, checked),
  };
  const unsaid = Object.values(given).every((value) => value === undefined);
  const node = unsaid ? nodeCheck(checked) : undefined;
  if (node !== undefined) return node;
  const path = checked.protocolVersion === 'GRPC' ? '/AWS.ALB/healthcheck' : '/';
  return {
    protocol: given.protocol ?? checked.protocol,
    path: given.path ?? path,
    port: given.port ?? 'traffic-port',
  };
}

/**
 * With `externalTrafficPolicy: Local` only nodes with a Pod serve, and kube-proxy says which on the health check node port. Where the user
 * says anything about the check it stays on the node port, which answers only where a Pod is.
 */
function nodeCheck({ targetType, service }: Checked): Place | undefined {
  if (targetType !== 'instance' || service.externalTrafficPolicy !== 'Local') return undefined;
  const port = service.healthCheckNodePort;
  return port === undefined ? undefined : { protocol: 'HTTP', path: '/healthz', port };
}

function readPort(reading: Reading, { service, targetType }: Checked): HealthCheck['port'] | undefined {
  const given = read(reading, 'healthcheck-port');
  if (given === undefined || given === 'traffic-port') return given;
  const port = /^\d+$/.test(given) ? Number(given) : portOfName(service.ports, given, targetType);
  if (port !== undefined && port >= 1 && port <= 65_535) return port;
  const message = `wanted a number from 1 to 65535, traffic-port, or the name of a port of Service ${service.name} with a number as its ${targetType === 'ip' ? 'targetPort' : 'nodePort'}; given "${given}"`;
  reading.problems.push(refused({ reason: 'InvalidValue', field: fieldOf(reading, 'healthcheck-port'), message }));
  return undefined;
}

function portOfName(ports: ServicePort[], name: string, targetType: 'ip' | 'instance'): number | undefined {
  const port = ports.find((one) => one.name === name);
  if (targetType === 'instance') return port?.nodePort;
  return typeof port?.targetPort === 'number' ? port.targetPort : undefined;
}

function readMatcher(reading: Reading, grpc: boolean): HealthCheck['matcher'] {
  const codes = read(reading, 'success-codes');
  if (codes === undefined) return grpc ? { grpcCode: '12' } : { httpCode: '200' };
  // ELBv2 API reference, Matcher.
  const [low, high] = grpc ? [0, 99] : [200, 499];
  const outside = codes.split(/[-,]/).some((code) => Number(code) < low || Number(code) > high);
  if (outside) {
    const message = `wanted codes from ${low} to ${high}; given "${codes}"`;
    reading.problems.push(refused({ reason: 'InvalidValue', field: fieldOf(reading, 'success-codes'), message }));
  }
  return grpc ? { grpcCode: codes } : { httpCode: codes };
}

function checkTimes({ intervalSeconds, timeoutSeconds }: HealthCheck, reading: Reading): void {
  if (timeoutSeconds < intervalSeconds) return;
  const message = `wanted less than the interval of ${intervalSeconds} seconds; given ${timeoutSeconds}`;
  const field = fieldOf(reading, 'healthcheck-timeout-seconds');
  reading.problems.push(refused({ reason: 'InvalidValue', field, message }));
}
