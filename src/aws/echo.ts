import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HealthCheck, Tags } from '../model/stack.ts';
import { TAG } from '../model/tags.ts';
import type {
  ObservedAction,
  ObservedCondition,
  ObservedIngress,
  ObservedListener,
  ObservedLoadBalancer,
  ObservedRule,
  ObservedTargetGroup,
} from '../plan/observed.ts';

/** What AWS echoes, in the words of the plan. What AWS fills in by itself is left out or made the same as ours. */
export function loadBalancerOf(echo: Elb.LoadBalancer, tags: Tags): Omit<ObservedLoadBalancer, 'listeners'> {
  return {
    arn: echo.LoadBalancerArn ?? '',
    name: echo.LoadBalancerName ?? '',
    dnsName: echo.DNSName ?? '',
    vpcId: echo.VpcId ?? '',
    type: echo.Type ?? 'application',
    state: echo.State?.Code ?? 'active',
    scheme: echo.Scheme ?? 'internet-facing',
    ipAddressType: echo.IpAddressType ?? 'ipv4',
    subnets: (echo.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []).sort(),
    securityGroups: [...(echo.SecurityGroups ?? [])].sort(),
    tags,
  };
}

/** A target group without its attributes, which are a call of their own. */
export function targetGroupOf(echo: Elb.TargetGroup, tags: Tags): ObservedTargetGroup {
  return {
    arn: echo.TargetGroupArn ?? '',
    name: echo.TargetGroupName ?? '',
    vpcId: echo.VpcId ?? '',
    resource: tags[TAG.resource] ?? '',
    targetType: echo.TargetType ?? 'instance',
    protocol: echo.Protocol ?? '',
    protocolVersion: (echo.ProtocolVersion ?? 'HTTP1') as ObservedTargetGroup['protocolVersion'],
    port: echo.Port ?? 0,
    ipAddressType: echo.IpAddressType ?? 'ipv4',
    healthCheck: healthCheckOf(echo),
    loadBalancers: [...new Set(echo.LoadBalancerArns ?? [])],
    tags,
  };
}

function healthCheckOf(echo: Elb.TargetGroup): HealthCheck {
  const { GrpcCode, HttpCode } = echo.Matcher ?? {};
  return {
    protocol: (echo.HealthCheckProtocol ?? 'HTTP') as HealthCheck['protocol'],
    path: echo.HealthCheckPath ?? '',
    port:
      echo.HealthCheckPort === undefined || echo.HealthCheckPort === 'traffic-port'
        ? 'traffic-port'
        : Number(echo.HealthCheckPort),
    intervalSeconds: echo.HealthCheckIntervalSeconds ?? 0,
    timeoutSeconds: echo.HealthCheckTimeoutSeconds ?? 0,
    healthyThreshold: echo.HealthyThresholdCount ?? 0,
    unhealthyThreshold: echo.UnhealthyThresholdCount ?? 0,
    matcher: GrpcCode === undefined ? { httpCode: HttpCode ?? '' } : { grpcCode: GrpcCode },
  };
}

/** `certificates`: ARNs, the default one first; they count for HTTPS only. */
export function listenerOf(echo: Elb.Listener, certificates: string[], rules: ObservedRule[]): ObservedListener {
  const https = echo.Protocol === 'HTTPS';
  return {
    arn: echo.ListenerArn ?? '',
    port: echo.Port ?? 0,
    protocol: echo.Protocol ?? '',
    ...(https && echo.SslPolicy ? { sslPolicy: echo.SslPolicy } : {}),
    certificates: https ? certificates : [],
    defaultActions: actionsOf(echo.DefaultActions),
    rules,
  };
}

/** Sorted here: not every endpoint answers by priority. */
export function rulesOf(echoes: readonly Elb.Rule[]): ObservedRule[] {
  const own = echoes.filter(({ IsDefault, Priority }) => !IsDefault && Priority !== 'default');
  return own.map(ruleOf).sort((a, b) => a.priority - b.priority);
}

function ruleOf(echo: Elb.Rule): ObservedRule {
  const transforms = echo.Transforms ?? [];
  const conditions = (echo.Conditions ?? []).map(conditionOf);
  return {
    arn: echo.RuleArn ?? '',
    priority: Number(echo.Priority),
    conditions:
      transforms.length > 0 ? [...conditions, { field: 'unknown', text: JSON.stringify(transforms) }] : conditions,
    actions: actionsOf(echo.Actions),
  };
}

function actionsOf(echoes: readonly Elb.Action[] | undefined): ObservedAction[] {
  return [...(echoes ?? [])].sort((a, b) => (a.Order ?? 0) - (b.Order ?? 0)).map(actionOf);
}

function actionOf(echo: Elb.Action): ObservedAction {
  if (echo.Type === 'forward') return forwardOf(echo);
  if (echo.Type === 'redirect' && echo.RedirectConfig) return redirectOf(echo.RedirectConfig);
  if (echo.Type !== 'fixed-response' || !echo.FixedResponseConfig)
    return { type: 'unknown', text: JSON.stringify(echo) };
  const { StatusCode, ContentType, MessageBody } = echo.FixedResponseConfig;
  return {
    type: 'fixed-response',
    statusCode: StatusCode ?? '',
    ...(ContentType ? { contentType: ContentType } : {}),
    ...(MessageBody ? { messageBody: MessageBody } : {}),
  };
}

function forwardOf({ ForwardConfig, TargetGroupArn }: Elb.Action): ObservedAction {
  const alone = TargetGroupArn ? [{ group: TargetGroupArn, weight: 1 }] : [];
  const targets = (ForwardConfig?.TargetGroups ?? []).map((each) => ({
    group: each.TargetGroupArn ?? '',
    weight: each.Weight ?? 1,
  }));
  const stickiness = ForwardConfig?.TargetGroupStickinessConfig;
  return {
    type: 'forward',
    targets: targets.length > 0 ? targets : alone,
    ...(stickiness?.Enabled ? { stickinessSeconds: stickiness.DurationSeconds ?? 0 } : {}),
  };
}

function redirectOf(echo: Elb.RedirectActionConfig): ObservedAction {
  return {
    type: 'redirect',
    protocol: echo.Protocol ?? '#{protocol}',
    host: echo.Host ?? '#{host}',
    port: echo.Port ?? '#{port}',
    path: echo.Path ?? '/#{path}',
    query: echo.Query ?? '#{query}',
    statusCode: echo.StatusCode ?? 'HTTP_301',
  };
}

type ConditionEcho = (echo: Elb.RuleCondition) => ObservedCondition;

const CONDITION_OF: Partial<Record<string, ConditionEcho>> = {
  'host-header': (echo) => patternOf('host-header', echo, echo.HostHeaderConfig),
  'path-pattern': (echo) => patternOf('path-pattern', echo, echo.PathPatternConfig),
  'http-request-method': (echo) => ({
    field: 'http-request-method',
    values: echo.HttpRequestMethodConfig?.Values ?? [],
  }),
  'source-ip': (echo) => ({ field: 'source-ip', values: echo.SourceIpConfig?.Values ?? [] }),
  'http-header': (echo) => headerOf(echo),
  'query-string': (echo) => ({ field: 'query-string', values: (echo.QueryStringConfig?.Values ?? []).map(queryOf) }),
};

function conditionOf(echo: Elb.RuleCondition): ObservedCondition {
  return CONDITION_OF[echo.Field ?? '']?.(echo) ?? { field: 'unknown', text: JSON.stringify(echo) };
}

type Pattern = { Values?: string[] | undefined; RegexValues?: string[] | undefined };

function patternOf(
  field: 'host-header' | 'path-pattern',
  echo: Elb.RuleCondition,
  config: Pattern | undefined,
): ObservedCondition {
  const regex = config?.RegexValues ?? echo.RegexValues ?? [];
  if (regex.length > 0) return { field, regexValues: regex };
  return { field, values: config?.Values ?? echo.Values ?? [] };
}

function headerOf({ HttpHeaderConfig, RegexValues }: Elb.RuleCondition): ObservedCondition {
  const { HttpHeaderName = '', Values = [], RegexValues: regex = RegexValues ?? [] } = HttpHeaderConfig ?? {};
  if (regex.length > 0) return { field: 'unknown', text: JSON.stringify(HttpHeaderConfig) };
  return { field: 'http-header', name: HttpHeaderName, values: Values };
}

function queryOf({ Key, Value }: Elb.QueryStringKeyValuePair): { key?: string; value: string } {
  return { ...(Key === undefined ? {} : { key: Key }), value: Value ?? '' };
}

type IpPermission = {
  IpProtocol?: string | undefined;
  FromPort?: number | undefined;
  ToPort?: number | undefined;
  IpRanges?: { CidrIp?: string | undefined; Description?: string | undefined }[] | undefined;
  Ipv6Ranges?: { CidrIpv6?: string | undefined; Description?: string | undefined }[] | undefined;
};

/** Each CIDR of each permission. What is no TCP has the ports -1, which no wanted rule has. */
export function ingressOf(permissions: readonly IpPermission[] | undefined): ObservedIngress[] {
  return (permissions ?? []).flatMap(({ IpProtocol, FromPort, ToPort, IpRanges, Ipv6Ranges }) => {
    const tcp = IpProtocol === 'tcp';
    const ports = { fromPort: tcp ? (FromPort ?? -1) : -1, toPort: tcp ? (ToPort ?? -1) : -1 };
    const v4 = (IpRanges ?? []).map(({ CidrIp, Description }) => ({
      ...ports,
      cidr: CidrIp ?? '',
      description: Description ?? '',
    }));
    const v6 = (Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => ({
      ...ports,
      cidr: CidrIpv6 ?? '',
      description: Description ?? '',
    }));
    return [...v4, ...v6];
  });
}
