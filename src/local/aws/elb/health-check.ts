import type {
  CreateTargetGroupInput,
  Matcher,
  ModifyTargetGroupInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ElbError, validationError } from '../error.ts';
import type { HealthCheck, TargetGroup } from '../state.ts';
import { checkEnum, checkRange } from './names.ts';

type Kind = Pick<TargetGroup, 'protocol' | 'protocolVersion'>;
type Input = Pick<
  CreateTargetGroupInput & ModifyTargetGroupInput,
  | 'HealthCheckEnabled'
  | 'HealthCheckProtocol'
  | 'HealthCheckPort'
  | 'HealthCheckPath'
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
  | 'Matcher'
>;

export function isHttp(protocol: string): protocol is 'HTTP' | 'HTTPS' {
  return protocol === 'HTTP' || protocol === 'HTTPS';
}

/** The health check of a new group: what the input says on top of AWS's defaults for the protocol. */
export function initialHealthCheck(kind: Kind, input: Input): HealthCheck {
  const protocol = checkProtocol(
    kind,
    input.HealthCheckProtocol ?? (kind.protocol === 'HTTPS' ? 'HTTPS' : isHttp(kind.protocol) ? 'HTTP' : 'TCP'),
  );
  const overHttp = protocol !== 'TCP';
  const defaults: HealthCheck = {
    enabled: true,
    protocol,
    port: 'traffic-port',
    ...(overHttp && { path: kind.protocolVersion === 'GRPC' ? '/AWS.ALB/healthcheck' : '/' }),
    intervalSeconds: 30,
    timeoutSeconds: isHttp(kind.protocol) ? 5 : overHttp ? 6 : 10,
    healthyThreshold: 5,
    unhealthyThreshold: 2,
    ...(overHttp && { matcher: defaultMatcher(kind) }),
  };
  return withInput(kind, defaults, input);
}

export function modifiedHealthCheck(group: TargetGroup, input: Input): HealthCheck {
  return withInput(group, { ...group.healthCheck }, input);
}

function defaultMatcher(kind: Kind): Matcher {
  if (kind.protocolVersion === 'GRPC') return { GrpcCode: '12' };
  return { HttpCode: isHttp(kind.protocol) ? '200' : '200-399' };
}

function checkProtocol(kind: Kind, protocol: string): HealthCheck['protocol'] {
  const allowed = isHttp(kind.protocol) ? (['HTTP', 'HTTPS'] as const) : (['HTTP', 'HTTPS', 'TCP'] as const);
  return checkEnum('healthCheckProtocol', protocol, allowed);
}

function withInput(kind: Kind, base: HealthCheck, input: Input): HealthCheck {
  if (input.HealthCheckEnabled === false)
    throw new ElbError(
      'InvalidConfigurationRequest',
      'Health check enabled must be true for target groups with target type instance, ip or alb',
    );
  const next: HealthCheck = {
    ...base,
    protocol: checkProtocol(kind, input.HealthCheckProtocol ?? base.protocol),
    port: checkCheckPort(input.HealthCheckPort ?? base.port),
    intervalSeconds: checkRange('Health check interval', input.HealthCheckIntervalSeconds ?? base.intervalSeconds, {
      min: 5,
      max: 300,
    }),
    timeoutSeconds: checkRange('Health check timeout', input.HealthCheckTimeoutSeconds ?? base.timeoutSeconds, {
      min: 2,
      max: 120,
    }),
    healthyThreshold: checkRange('Healthy threshold count', input.HealthyThresholdCount ?? base.healthyThreshold, {
      min: 2,
      max: 10,
    }),
    unhealthyThreshold: checkRange(
      'Unhealthy threshold count',
      input.UnhealthyThresholdCount ?? base.unhealthyThreshold,
      { min: 2, max: 10 },
    ),
  };
  if (next.timeoutSeconds >= next.intervalSeconds && isHttp(kind.protocol))
    throw validationError('Health check interval must be greater than the timeout.');
  return next.protocol === 'TCP' ? withoutHttp(next, input) : withHttp(kind, next, input);
}

function withoutHttp(check: HealthCheck, input: Input): HealthCheck {
  if (input.HealthCheckPath !== undefined || input.Matcher)
    throw new ElbError(
      'InvalidConfigurationRequest',
      'You cannot specify a health check path or matcher for the health check protocol TCP',
    );
  const { path: _path, matcher: _matcher, ...rest } = check;
  return rest;
}

function withHttp(kind: Kind, check: HealthCheck, input: Input): HealthCheck {
  const path = input.HealthCheckPath ?? check.path ?? '/';
  if (!path.startsWith('/') || path.length > 1024)
    throw validationError(`Health check path '${path}' must begin with '/' and be at most 1024 characters long`);
  const matcher = input.Matcher ? checkMatcher(kind, input.Matcher) : (check.matcher ?? defaultMatcher(kind));
  return { ...check, path, matcher };
}

function checkCheckPort(port: string): string {
  if (port === 'traffic-port') return port;
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535) return port;
  throw validationError(`Health check port '${port}' must be 'traffic-port' or a number between 1 and 65535`);
}

function checkMatcher(kind: Kind, matcher: Matcher): Matcher {
  const isGrpc = kind.protocolVersion === 'GRPC';
  const codes = isGrpc ? matcher.GrpcCode : matcher.HttpCode;
  if (codes === undefined)
    throw new ElbError(
      'InvalidConfigurationRequest',
      `The matcher must have ${isGrpc ? 'GrpcCode' : 'HttpCode'} for this protocol version`,
    );
  const [min, max] = isGrpc ? [0, 99] : [200, isHttp(kind.protocol) ? 499 : 599];
  const wellFormed = codes.split(',').every((part) => /^\d{1,3}(-\d{1,3})?$/.test(part));
  const within = codes.split(/[,-]/).every((code) => Number(code) >= min && Number(code) <= max);
  if (!wellFormed || !within)
    throw validationError(`Health check matcher '${codes}' must be codes or ranges of codes within ${min}-${max}`);
  return isGrpc ? { GrpcCode: codes } : { HttpCode: codes };
}
