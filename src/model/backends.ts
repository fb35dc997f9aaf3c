import type { PortRef, ServicePort } from '../cluster/objects.ts';
import { annotationSource, fieldOf, type Reading, read, readMap, type Source } from './annotations/source.ts';
import { checkAnnotations } from './annotations/check.ts';
import { checkAttributes, checkTags } from './attribute-ranges.ts';
import { canonicalJson } from './canonical.ts';
import type { DrainSettings } from './drain/budget.ts';
import { checkDelay, DELAY_ATTRIBUTE, type ResolvedDrain, resolveDrain } from './drain/resolve.ts';
import { readHealthCheck } from './health-check.ts';
import { backendKey, type ServiceInput } from './input.ts';
import { type Finding, refused } from './problem.ts';
import type { Problem, TargetGroup } from './stack.ts';
import { readTargetPolicy } from './target-policy.ts';

/** A target group before it has its id and name. */
export type TargetGroupDraft = Omit<TargetGroup, 'id' | 'name' | 'drain'> & {
  /** Same key, same target group: everything about it except its tags and its drain budget. */
  key: string;
  drain: ResolvedDrain;
  /** Whether the fallback chose its type. */
  fallback: boolean;
};

/** What a member has at hand to read its backends with. */
export type BackendContext = {
  namespace: string;
  services: ServiceInput[];
  /** The member's sources, the strongest first. A Service's own go behind the first `above` of them. */
  sources: Source[];
  above: number;
  defaultTargetType: 'ip' | 'instance';
  drain: DrainSettings;
  targetTypes: Record<string, 'ip' | 'instance'>;
  problems: Problem[];
};

/** A backend is a target group, or a sentence that says what is missing; nothing where it was refused. */
export type Backend = { group: TargetGroupDraft } | { missing: string } | undefined;

type Found = { service: ServiceInput; port: ServicePort };

/** The target group of one Service port; what is wrong with it becomes a problem of the context. */
export function readBackend(context: BackendContext, name: string, ref: PortRef): Backend {
  const where = `Service ${context.namespace}/${name}`;
  const service = context.services.find((one) => one.name === name);
  if (service === undefined) return { missing: `${where} does not exist` };
  const port = service.ports.find((one) => ('name' in ref ? one.name === ref.name : one.port === ref.number));
  const wrong = whyNotServable({ service, port, where });
  if (wrong !== undefined) {
    context.problems.push(refused(wrong));
    return undefined;
  }
  if (port === undefined) return { missing: `${where} has no port ${'name' in ref ? `"${ref.name}"` : ref.number}` };
  return { group: readGroup(context, { service, port }) };
}

type Suspect = { service: ServiceInput; port: ServicePort | undefined; where: string };

function whyNotServable({ service, port, where }: Suspect): Finding | undefined {
  if (service.type === 'ExternalName') return externalName(where);
  return port === undefined || port.protocol === 'TCP' ? undefined : notTcp(where, port);
}

const externalName = (where: string): Finding => ({
  reason: 'ServiceNotSupported',
  field: `${where} spec.type`,
  message: 'wanted a Service with Pods behind it; given ExternalName, of which a load balancer has no address',
});

const notTcp = (where: string, port: ServicePort): Finding => ({
  reason: 'ServiceNotSupported',
  field: `${where} spec.ports[${port.port}].protocol`,
  message: `wanted TCP; given ${port.protocol}`,
});

function readGroup(context: BackendContext, found: Found): TargetGroupDraft {
  const of = `Service ${context.namespace}/${found.service.name}`;
  const { annotations } = found.service;
  const own = annotationSource(of, annotations);
  const reading: Reading = { sources: context.sources.toSpliced(context.above, 0, own), problems: context.problems };
  context.problems.push(...checkAnnotations({ of, kind: 'Service', annotations }));
  const { key: _, drain, ...draft } = draftGroup(reading, { context, ...found });
  return { ...draft, drain, key: canonicalJson({ ...draft, tags: {} }) };
}

type Drafting = Found & { context: BackendContext };

function draftGroup(reading: Reading, { context, service, port }: Drafting): TargetGroupDraft {
  const { targetType, fallback } = readTargetType(reading, { context, service, port });
  const protocol = read(reading, 'backend-protocol') ?? 'HTTP';
  const protocolVersion = read(reading, 'backend-protocol-version') ?? 'HTTP1';
  const nodeSelector = readMap(reading, 'target-node-labels');
  const healthCheck = readHealthCheck(reading, { protocol, protocolVersion, targetType, service });
  const { attributes, tags } = readAttributes(reading);
  const drain = resolveDrain(reading, context.drain, {
    loadBalancerType: 'application', // an Ingress is served by no other
    targetType,
    policy: service.externalTrafficPolicy,
    healthCheck,
  });
  if (targetType === 'ip') checkDelay(reading, drain, attributes[DELAY_ATTRIBUTE]);
  return {
    key: '',
    fallback,
    targetType,
    protocol,
    protocolVersion,
    // Targets carry their own ports: with the Service's port here, no change of targetPort or nodePort replaces the group.
    port: port.port,
    ipAddressType: service.ipFamilies[0] === 'IPv6' ? 'ipv6' : 'ipv4',
    healthCheck,
    attributes,
    tags,
    drain,
    backend: { namespace: context.namespace, service: service.name, port: { number: port.port } },
    ...(targetType === 'instance' && Object.keys(nodeSelector).length > 0 && { nodeSelector }),
  };
}

function readTargetType(reading: Reading, { context, service, port }: Drafting) {
  const { wanted, mayFallBack } = readTargetPolicy(reading, context.defaultTargetType);
  const decided = context.targetTypes[backendKey(context.namespace, service.name, port.port)];
  const fallback = wanted === 'ip' && decided === 'instance' && mayFallBack;
  if (wanted === 'instance' && port.nodePort === undefined) {
    const message = `wanted a Service with node ports (type NodePort or LoadBalancer) or target type ip; given "instance" and Service ${context.namespace}/${service.name} of type ${service.type}`;
    reading.problems.push(refused({ reason: 'NoNodePort', field: fieldOf(reading, 'target-type'), message }));
  }
  return { targetType: fallback ? ('instance' as const) : wanted, fallback };
}

function readAttributes(reading: Reading): Pick<TargetGroup, 'attributes' | 'tags'> {
  const attributes = readMap(reading, 'target-group-attributes');
  const tags = readMap(reading, 'tags');
  const wrong = [
    ...checkAttributes(attributes, fieldOf(reading, 'target-group-attributes')),
    ...checkTags(tags, fieldOf(reading, 'tags')),
  ];
  reading.problems.push(...wrong.map(refused));
  return { attributes, tags };
}
