import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HealthCheck, RuleCondition } from '../../model/stack.ts';
import type { ListenerSettings, PlannedAction } from '../../plan/step.ts';
import type { Run } from './run.ts';

/** A health check as both calls of a target group want it. */
export function healthCheckRequest({ matcher, ...check }: HealthCheck) {
  return {
    HealthCheckProtocol: check.protocol,
    HealthCheckPath: check.path,
    HealthCheckPort: String(check.port),
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    Matcher: 'httpCode' in matcher ? { HttpCode: matcher.httpCode } : { GrpcCode: matcher.grpcCode },
  };
}

/** The settings of a listener as both its calls want them; `resolve` gives the ARN of what an earlier step made. */
export function listenerRequest(settings: ListenerSettings, resolve: Run['resolve']) {
  const { port, protocol, sslPolicy, certificate, defaultActions } = settings;
  return {
    Port: port,
    Protocol: protocol,
    ...(sslPolicy && protocol === 'HTTPS' ? { SslPolicy: sslPolicy } : {}),
    ...(certificate ? { Certificates: [{ CertificateArn: certificate }] } : {}),
    DefaultActions: actionRequests(defaultActions, resolve),
  };
}

/** The actions in the order they are to run. */
export function actionRequests(actions: readonly PlannedAction[], resolve: Run['resolve']): Elb.Action[] {
  return actions.map((action, index) => ({ ...actionRequest(action, resolve), Order: index + 1 }));
}

function actionRequest(action: PlannedAction, resolve: Run['resolve']): Elb.Action {
  switch (action.type) {
    case 'forward':
      return forwardRequest(action, resolve);
    case 'redirect':
      return {
        Type: 'redirect',
        RedirectConfig: {
          Protocol: action.protocol,
          Host: action.host,
          Port: action.port,
          Path: action.path,
          Query: action.query,
          StatusCode: action.statusCode,
        },
      };
    case 'fixed-response':
      return {
        Type: 'fixed-response',
        FixedResponseConfig: {
          StatusCode: action.statusCode,
          ...(action.contentType === undefined ? {} : { ContentType: action.contentType }),
          ...(action.messageBody === undefined ? {} : { MessageBody: action.messageBody }),
        },
      };
  }
}

/** One target group without stickiness goes in the short form, which every endpoint knows. */
function forwardRequest(action: Extract<PlannedAction, { type: 'forward' }>, resolve: Run['resolve']): Elb.Action {
  const { targets, stickinessSeconds } = action;
  const [first] = targets;
  if (targets.length === 1 && first && stickinessSeconds === undefined)
    return { Type: 'forward', TargetGroupArn: resolve(first.group) };
  const TargetGroups = targets.map(({ group, weight }) => ({ TargetGroupArn: resolve(group), Weight: weight }));
  const sticky = {
    Enabled: stickinessSeconds !== undefined,
    ...(stickinessSeconds ? { DurationSeconds: stickinessSeconds } : {}),
  };
  return { Type: 'forward', ForwardConfig: { TargetGroups, TargetGroupStickinessConfig: sticky } };
}

/** One condition of a rule, in the field that ELBv2 has for its kind. */
export function conditionRequest(condition: RuleCondition): Elb.RuleCondition {
  const Field = condition.field;
  switch (condition.field) {
    case 'host-header':
      return { Field, HostHeaderConfig: patternRequest(condition) };
    case 'path-pattern':
      return { Field, PathPatternConfig: patternRequest(condition) };
    case 'http-request-method':
      return { Field, HttpRequestMethodConfig: { Values: condition.values } };
    case 'source-ip':
      return { Field, SourceIpConfig: { Values: condition.values } };
    case 'http-header':
      return { Field, HttpHeaderConfig: { HttpHeaderName: condition.name, Values: condition.values } };
    case 'query-string':
      return {
        Field,
        QueryStringConfig: {
          Values: condition.values.map(({ key, value }) => ({
            ...(key === undefined ? {} : { Key: key }),
            Value: value,
          })),
        },
      };
  }
}

type PatternCondition = { values: string[] } | { regexValues: string[] };

function patternRequest(condition: PatternCondition): { Values: string[] } | { RegexValues: string[] } {
  return 'regexValues' in condition ? { RegexValues: condition.regexValues } : { Values: condition.values };
}
