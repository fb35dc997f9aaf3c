import { z } from 'zod';
import type { Condition } from './condition.ts';
import { loadBalancerSpec, loadBalancerStatus } from './load-balancer.ts';
import { targetGroupSpec, targetGroupStatus } from './target-group.ts';

/** `priority` 1: shown with `-o wide` only. */
type Column = { name: string; type: 'string' | 'integer' | 'date'; jsonPath: string; priority?: 1 };

export type CustomResource = {
  group: string;
  version: string;
  kind: string;
  plural: string;
  shortNames: string[];
  categories: string[];
  namespaced: boolean;
  spec: z.ZodType | 'free';
  status: z.ZodType | 'free';
  columns: Column[];
  /** What an object says until we have looked at it: without a word in it, tools take it for finished. */
  unseen?: { conditions: Condition[] };
};

const condition = (field: 'status' | 'reason') => `.status.conditions[?(@.type=="Ready")].${field}`;
const READY: Column = { name: 'Ready', type: 'string', jsonPath: condition('status') };
const REASON: Column = { name: 'Reason', type: 'string', jsonPath: condition('reason') };
const AGE: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const wide = (name: string, jsonPath: string): Column => ({ name, type: 'string', jsonPath, priority: 1 });

const UNSEEN: CustomResource['unseen'] = {
  conditions: [
    {
      type: 'Ready',
      status: 'Unknown',
      reason: 'Pending',
      message: 'no operator has looked at it yet',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    },
  ],
};

/** `kubectl get aws-lb` shows all that stands for something in AWS. */
const CATEGORIES = ['aws-lb'];

/** Ours are checked by schema; the peer's keep every field, so that an unknown one can be named instead of vanishing. */
export const CUSTOM_RESOURCES: CustomResource[] = [
  {
    group: 'podwire.dev',
    version: 'v1',
    kind: 'TargetGroup',
    plural: 'targetgroups',
    shortNames: ['tg'],
    categories: CATEGORIES,
    namespaced: true,
    spec: targetGroupSpec,
    status: targetGroupStatus,
    unseen: UNSEEN,
    columns: [
      READY,
      REASON,
      { name: 'Healthy/Total', type: 'string', jsonPath: '.status.targets' },
      { name: 'Service', type: 'string', jsonPath: '.spec.service.name' },
      AGE,
      wide('Type', '.spec.targetType'),
      wide('ARN', '.spec.arn'),
    ],
  },
  {
    group: 'podwire.dev',
    version: 'v1',
    kind: 'LoadBalancer',
    plural: 'loadbalancers',
    shortNames: ['lb'],
    categories: CATEGORIES,
    namespaced: false,
    spec: loadBalancerSpec,
    status: loadBalancerStatus,
    unseen: UNSEEN,
    columns: [
      READY,
      REASON,
      { name: 'Healthy/Total', type: 'string', jsonPath: '.status.targetGroups' },
      { name: 'Address', type: 'string', jsonPath: '.status.dnsName' },
      AGE,
      wide('ARN', '.status.arn'),
    ],
  },
  {
    group: 'elbv2.k8s.aws',
    version: 'v1beta1',
    kind: 'TargetGroupBinding',
    plural: 'targetgroupbindings',
    shortNames: ['tgb'],
    categories: CATEGORIES,
    namespaced: true,
    spec: 'free',
    status: 'free',
    columns: [
      { name: 'Service-Name', type: 'string', jsonPath: '.spec.serviceRef.name' },
      { name: 'Service-Port', type: 'string', jsonPath: '.spec.serviceRef.port' },
      { name: 'Target-Type', type: 'string', jsonPath: '.spec.targetType' },
      READY,
      REASON,
      AGE,
      wide('ARN', '.spec.targetGroupARN'),
    ],
  },
  {
    group: 'elbv2.k8s.aws',
    version: 'v1beta1',
    kind: 'IngressClassParams',
    plural: 'ingressclassparams',
    shortNames: [],
    categories: [],
    namespaced: false,
    spec: 'free',
    status: 'free',
    columns: [
      { name: 'Group-Name', type: 'string', jsonPath: '.spec.group.name' },
      { name: 'Scheme', type: 'string', jsonPath: '.spec.scheme' },
      { name: 'Ip-Address-Type', type: 'string', jsonPath: '.spec.ipAddressType' },
      AGE,
    ],
  },
];

/** The CustomResourceDefinition of one kind, ready for `kubectl apply`. */
export function customResourceDefinition(resource: CustomResource): object {
  const { group, version, kind, plural, shortNames, categories } = resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: resource.columns,
          schema: { openAPIV3Schema: objectSchema(resource) },
        },
      ],
    },
  };
}

const objectSchema = ({ spec, status, unseen }: CustomResource): object => ({
  type: 'object',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: spec === 'free' ? FREE : structural(spec),
    status: { ...(status === 'free' ? FREE : structural(status)), ...(unseen && { default: unseen }) },
  },
});

const FREE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

// A structural schema wants no additionalProperties: false, no $schema, no anyOf that carries types, and no bounds of the safe integers.
function structural(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ jsonSchema }) => {
      const json = jsonSchema as Record<string, unknown>;
      if (json.additionalProperties === false) delete json.additionalProperties;
      if (json.type === 'integer') for (const bound of ['minimum', 'maximum']) delete json[bound];
      if (Array.isArray(json.anyOf)) mergeAlternatives(json);
      if (json.type === 'array') Object.assign(json, listMap(json));
      delete json.$schema;
      delete json.propertyNames;
    },
  });
}

// Lists of conditions and members merge by key, so that two writers never overwrite each other's.
function listMap(json: Record<string, unknown>): object {
  const properties = (json.items as { properties?: object }).properties ?? {};
  const keys = ['type', 'namespace', 'name'].filter((key) => key in properties);
  return keys.length === 0 ? {} : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

function mergeAlternatives(json: Record<string, unknown>): void {
  const alternatives = json.anyOf as { properties?: object; required?: string[] }[];
  delete json.anyOf;
  // Of values of different types a structural schema can say nothing.
  if (alternatives.some(({ properties }) => properties === undefined)) {
    json['x-kubernetes-preserve-unknown-fields'] = true;
    return;
  }
  json.type = 'object';
  json.properties = Object.assign({}, ...alternatives.map((one) => one.properties));
  json.oneOf = alternatives.map((one) => ({ required: one.required }));
}
