import type { DrainBudget, Service, TargetGroupSpec } from '../../cluster/objects.ts';
import { annotationSource } from '../annotations/source.ts';
import type { DrainSettings, LoadBalancerType } from '../drain/budget.ts';
import { resolveDrain } from '../drain/resolve.ts';
import { isRefused, refused } from '../problem.ts';
import type { Problem } from '../stack.ts';
import { portOf } from '../target.ts';
import type { TargetGroupFact } from './facts.ts';
import type { BindingSpec } from './spec.ts';

export type BindingInput = {
  namespace: string;
  name: string;
  spec: BindingSpec;
  fact: TargetGroupFact;
  service: Service | undefined;
  settings: { vpcId: string; drain: DrainSettings };
};

/** Protocols of listeners of Application and of Network Load Balancers (ELBv2, CreateTargetGroup). */
const TYPE_OF: Record<string, LoadBalancerType> = {
  HTTP: 'application',
  HTTPS: 'application',
  TCP: 'network',
  TLS: 'network',
  UDP: 'network',
  TCP_UDP: 'network',
  QUIC: 'network',
  TCP_QUIC: 'network',
};

/** The spec of the TargetGroup object that serves a claimed TargetGroupBinding; none where something is refused. Pure. */
export function groupOfBinding(input: BindingInput): { spec?: TargetGroupSpec; problems: Problem[] } {
  const problems = [...groupProblems(input), ...specProblems(input), ...serviceProblems(input)];
  const { service, fact, spec } = input;
  const loadBalancerType = TYPE_OF[fact.protocol];
  if (isRefused(problems) || service === undefined || loadBalancerType === undefined) return { problems };
  const drain = drainOf({ ...input, service, loadBalancerType }, problems);
  const { healthCheck } = fact;
  const group: TargetGroupSpec = {
    arn: fact.arn,
    loadBalancer: '',
    binding: input.name,
    service: spec.service,
    targetType: fact.targetType as 'ip' | 'instance',
    addressFamily: fact.ipAddressType === 'ipv6' ? 'IPv6' : 'IPv4',
    vpcId: fact.vpcId,
    ...(healthCheck.port !== undefined && { healthCheckPort: healthCheck.port }),
    unhealthyAfter: healthCheck.intervalSeconds * healthCheck.unhealthyThreshold + healthCheck.timeoutSeconds,
    ...(fact.targetType === 'instance' && spec.nodeSelector && { nodeSelector: spec.nodeSelector }),
    ...(spec.source !== undefined && { backendSecurityGroup: spec.source }),
    loadBalancerType,
    drain,
  };
  return { spec: group, problems };
}

const differs = (field: string, wanted: string, given: string): Problem =>
  refused({ reason: 'TargetGroupMismatch', field: `spec.${field}`, message: `wanted ${wanted}; given ${given}` });

/** What the binding says of its target group, beside what AWS says. */
function specProblems({ spec, fact }: BindingInput): Problem[] {
  const named = spec.arn === undefined ? fact.name : (spec.groupName ?? fact.name);
  const said: [string, string | undefined, string][] = [
    ['vpcID', spec.vpcId, fact.vpcId],
    ['targetType', spec.targetType, fact.targetType],
    ['ipAddressType', spec.ipAddressType, fact.ipAddressType],
    ['targetGroupName', named, fact.name],
  ];
  return said
    .filter(([, given, is]) => given !== undefined && given !== is)
    .map(([field, given = '', is]) => differs(field, `${is}, as target group ${fact.name} has it`, given));
}

/** What a target group must be like to be served. */
function groupProblems({ spec, fact, settings }: BindingInput): Problem[] {
  const of = `target group ${fact.name}`;
  const told = spec.arn === undefined ? 'targetGroupName' : 'targetGroupARN';
  const needs: [boolean, string, string][] = [
    [fact.vpcId === settings.vpcId, `of VPC ${settings.vpcId}`, `of VPC ${fact.vpcId || 'none'}`],
    [['ip', 'instance'].includes(fact.targetType), 'of type ip or instance', `of type ${fact.targetType}`],
    [fact.protocol in TYPE_OF, `of protocol ${Object.keys(TYPE_OF).join(', ')}`, `of protocol ${fact.protocol}`],
  ];
  return needs.flatMap(([met, wanted, given]) =>
    met ? [] : [differs(told, `a target group ${wanted}`, `${of} ${given}`)],
  );
}

function serviceProblems({ namespace, spec, fact, service }: BindingInput): Problem[] {
  const { name, port } = spec.service;
  const what = `Service ${namespace}/${name}`;
  const problem = (reason: string, field: string, message: string): Problem[] => [
    refused({ reason, field: `spec.serviceRef.${field}`, message }),
  ];
  if (service === undefined) return problem('ServiceNotFound', 'name', `wanted a Service that is there; given ${what}`);
  const found = portOf(service, port);
  const ports = service.ports.map((one) => (one.name === '' ? `${one.port}` : `${one.name} (${one.port})`)).join(', ');
  if (found === undefined)
    return problem(
      'ServicePortNotFound',
      'port',
      `wanted a port of ${what}: ${ports || 'none'}; given ${'name' in port ? port.name : port.number}`,
    );
  if (fact.targetType === 'instance' && found.nodePort === undefined)
    return problem('NoNodePort', 'name', `wanted a Service with node ports; given ${what} of type ${service.type}`);
  return [];
}

type Draining = BindingInput & { service: Service; loadBalancerType: LoadBalancerType };

function drainOf({ service, fact, settings, loadBalancerType }: Draining, problems: Problem[]): DrainBudget {
  const source = annotationSource(`Service ${service.namespace}/${service.name}`, service.annotations);
  const group = {
    loadBalancerType,
    targetType: fact.targetType as 'ip' | 'instance',
    policy: service.externalTrafficPolicy,
    healthCheck: fact.healthCheck,
  };
  return resolveDrain({ sources: [source], problems }, settings.drain, group).budget;
}
