import { writeMap } from './annotations/reader.ts';
import * as shape from './annotations/shape.ts';
import type { Source } from './annotations/source.ts';
import type { Problem } from './stack.ts';

const { choice, integer, list, mapOf, object, string } = shape;
const pairs = list(object({ key: string, value: string }), 0);
const selector = object(
  {},
  {
    matchLabels: mapOf(string),
    matchExpressions: list(
      object({ key: string, operator: choice('In', 'NotIn', 'Exists', 'DoesNotExist') }, { values: list(string, 0) }),
      0,
    ),
  },
);
const subnetTags = mapOf(list(string));

/** `spec` of the peer's IngressClassParams. */
const spec = object(
  {},
  {
    namespaceSelector: selector,
    group: object({ name: string }),
    scheme: string,
    ipAddressType: string,
    loadBalancerName: string,
    certificateArn: list(string),
    sslPolicy: string,
    sslRedirectPort: string,
    inboundCIDRs: list(string),
    prefixListsIDs: list(string),
    subnets: object({}, { ids: list(string), tags: subnetTags }),
    targetType: string,
    tags: pairs,
    loadBalancerAttributes: pairs,
    listeners: list((value) => value, 0),
    minimumLoadBalancerCapacity: object({ capacityUnits: integer(0, Number.MAX_SAFE_INTEGER) }),
    ipamConfiguration: object({ ipv4IPAMPoolId: string }),
    wafv2AclArn: string,
    wafv2AclName: string,
  },
);

type Spec = shape.Shaped<typeof spec>;
export type LabelSelector = shape.Shaped<typeof selector>;
type Pairs = shape.Shaped<typeof pairs>;

/** Class parameters as the strongest source of values, and what is only theirs. */
export type ClassParams = {
  source: Source;
  namespaceSelector?: LabelSelector;
  /** Subnets that carry, for each key, one of the values. */
  subnetTags?: Record<string, string[]>;
};

type Named = { name: string; spec: Record<string, unknown> };

/** Reads the parameters of a class; what is wrong becomes a problem and leaves nothing. */
export function readClassParams({ name, spec: given }: Named, problems: Problem[]): ClassParams | undefined {
  const outcome = shape.check(spec, given);
  const of = `IngressClassParams ${name}`;
  if ('wanted' in outcome) {
    problems.push({
      severity: 'refused',
      reason: 'InvalidClassParams',
      field: `${of} spec`,
      message: `wanted ${outcome.wanted}`,
    });
    return undefined;
  }
  problems.push(...unsupported(outcome.value, of));
  return {
    source: { values: annotationValues(outcome.value), field: (key) => `${of} spec.${FIELDS[key] ?? key}` },
    ...(outcome.value.namespaceSelector && { namespaceSelector: outcome.value.namespaceSelector }),
    ...(outcome.value.subnets?.tags && { subnetTags: outcome.value.subnets.tags }),
  };
}

/** The annotation each field stands for. */
const FIELDS: Record<string, string> = {
  'group.name': 'group.name',
  scheme: 'scheme',
  'ip-address-type': 'ipAddressType',
  'load-balancer-name': 'loadBalancerName',
  'certificate-arn': 'certificateArn',
  'ssl-policy': 'sslPolicy',
  'ssl-redirect': 'sslRedirectPort',
  'inbound-cidrs': 'inboundCIDRs',
  subnets: 'subnets.ids',
  'target-type': 'targetType',
  tags: 'tags',
  'load-balancer-attributes': 'loadBalancerAttributes',
};

function annotationValues(given: Spec): Record<string, string> {
  const values: Record<string, string | undefined> = {
    'group.name': given.group?.name,
    scheme: given.scheme,
    'ip-address-type': given.ipAddressType,
    'load-balancer-name': given.loadBalancerName,
    'certificate-arn': given.certificateArn?.join(','),
    'ssl-policy': given.sslPolicy,
    'ssl-redirect': given.sslRedirectPort,
    'inbound-cidrs': given.inboundCIDRs?.join(','),
    subnets: given.subnets?.ids?.join(','),
    'target-type': given.targetType,
    tags: mapText(given.tags),
    'load-balancer-attributes': mapText(given.loadBalancerAttributes),
  };
  const written = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(written);
}

const mapText = (given: Pairs | undefined): string | undefined =>
  given && writeMap(Object.fromEntries(given.map(({ key, value }) => [key, value])));

/** Fields that are known and not acted on; those that protect something refuse whoever uses the class. */
const NOT_YET: Record<string, string | undefined> = {
  prefixListsIDs: 'the prefix lists limit who may reach the load balancer',
  wafv2AclArn: 'the web ACL would not filter requests',
  wafv2AclName: 'the web ACL would not filter requests',
  listeners: undefined,
  minimumLoadBalancerCapacity: undefined,
  ipamConfiguration: undefined,
};

function unsupported(given: Spec, of: string): Problem[] {
  const written = Object.keys(NOT_YET).filter((field) => given[field as keyof Spec] !== undefined);
  return written.map((field) => {
    const protects = NOT_YET[field];
    return protects === undefined
      ? {
          severity: 'warning',
          reason: 'NotActedOn',
          field: `${of} spec.${field}`,
          message: 'it is known and not acted on yet',
        }
      : {
          severity: 'refused',
          reason: 'ProtectionNotSupported',
          field: `${of} spec.${field}`,
          message: `it cannot be honoured yet, and ${protects}`,
        };
  });
}

type Expression = { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] };

const HOLDS: Record<Expression['operator'], (value: string | undefined, values: string[]) => boolean> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** Whether labels satisfy a selector; the empty selector takes everything. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Record<string, string>,
): boolean {
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return equal && matchExpressions.every(({ key, operator, values = [] }) => HOLDS[operator](labels[key], values));
}
