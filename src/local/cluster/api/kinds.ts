import type { Resource } from '../../../kube/api.ts';
import { AGE, COLUMNS, type Column, NAME } from './columns.ts';
import {
  configMapRules,
  endpointSliceRules,
  eventRules,
  namespaceRules,
  nodeRules,
  secretRules,
} from './rules/core.ts';
import { customResourceDefinitionRules } from './rules/definition.ts';
import { EVENT_VIEW, type View } from './rules/event-view.ts';
import { ingressClassRules, ingressRules } from './rules/ingress.ts';
import type { NameForm } from './rules/names.ts';
import { podRules } from './rules/pod.ts';
import type { Rules } from './rules/rules.ts';
import { serviceRules } from './rules/service.ts';
import { budgetRules, deploymentRules, leaseRules, replicaSetRules } from './rules/workload.ts';
import { PACKAGES } from './schema/definitions.ts';
import { namedSchemas, type Schema } from './schema/schema.ts';

export type Subresource = 'status' | 'scale' | 'binding' | 'eviction';

/** All that the server knows of a kind. */
export type Kind = Resource & {
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  subresources: readonly Subresource[];
  /** Whether `metadata.generation` counts changes of everything but metadata and status. */
  generation: boolean;
  /** A write to `/status` may change labels and annotations too. */
  statusWritesMetadata: boolean;
  nameForm: NameForm;
  /** Fields of a field selector, beside name and namespace. */
  fields: readonly string[];
  columns: readonly Column[];
  schema: Schema;
  /** Name of the schema in the OpenAPI document. */
  schemaName: string;
  /** `group/plural` under which the objects are stored, and how they look there. */
  storage: string;
  view?: View;
  rules: Rules;
  builtIn: boolean;
};

type Row = Partial<Omit<Kind, 'kind' | 'rules'>> & { kind: string; in: keyof typeof PACKAGES; rules?: Rules };

const cluster = { namespaced: false } as const;
const status = { subresources: ['status'] as Subresource[] };
const EVENT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const EVENT_COMMON = ['reason', 'type', 'reportingComponent', 'source'];

/** The built-in kinds. What a row leaves out: namespaced, plural by adding `s`, no subresource, no generation. */
const ROWS: readonly Row[] = [
  {
    kind: 'Namespace',
    in: 'core',
    ...cluster,
    ...status,
    shortNames: ['ns'],
    fields: ['status.phase'],
    rules: namespaceRules,
    nameForm: 'label',
  },
  {
    kind: 'Node',
    in: 'core',
    ...cluster,
    ...status,
    shortNames: ['no'],
    fields: ['spec.unschedulable'],
    rules: nodeRules,
  },
  {
    kind: 'Pod',
    in: 'core',
    subresources: ['status', 'binding', 'eviction'],
    generation: true,
    shortNames: ['po'],
    categories: ['all'],
    fields: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
    rules: podRules,
  },
  {
    kind: 'Service',
    in: 'core',
    ...status,
    shortNames: ['svc'],
    categories: ['all'],
    fields: ['spec.clusterIP', 'spec.type'],
    rules: serviceRules,
    nameForm: 'label',
  },
  { kind: 'ConfigMap', in: 'core', shortNames: ['cm'], rules: configMapRules },
  { kind: 'Secret', in: 'core', fields: ['type'], rules: secretRules },
  { kind: 'ServiceAccount', in: 'core', shortNames: ['sa'] },
  { kind: 'ResourceQuota', in: 'core', ...status, shortNames: ['quota'] },
  { kind: 'Endpoints', in: 'core', plural: 'endpoints', singular: 'endpoints', shortNames: ['ep'] },
  {
    kind: 'Event',
    in: 'core',
    shortNames: ['ev'],
    fields: [...EVENT_COMMON, ...EVENT_FIELDS.map((one) => `involvedObject.${one}`)],
    rules: eventRules,
  },
  {
    kind: 'Event',
    in: 'events',
    group: 'events.k8s.io',
    shortNames: ['ev'],
    storage: '/events',
    view: EVENT_VIEW,
    fields: ['reason', 'type', 'reportingController', ...EVENT_FIELDS.map((one) => `regarding.${one}`)],
  },
  {
    kind: 'Deployment',
    in: 'apps',
    group: 'apps',
    subresources: ['status', 'scale'],
    generation: true,
    shortNames: ['deploy'],
    categories: ['all'],
    rules: deploymentRules,
  },
  {
    kind: 'ReplicaSet',
    in: 'apps',
    group: 'apps',
    subresources: ['status', 'scale'],
    generation: true,
    shortNames: ['rs'],
    categories: ['all'],
    fields: ['status.replicas'],
    rules: replicaSetRules,
  },
  {
    kind: 'Ingress',
    in: 'networking',
    group: 'networking.k8s.io',
    plural: 'ingresses',
    ...status,
    generation: true,
    shortNames: ['ing'],
    rules: ingressRules,
  },
  {
    kind: 'IngressClass',
    in: 'networking',
    group: 'networking.k8s.io',
    plural: 'ingressclasses',
    ...cluster,
    generation: true,
    rules: ingressClassRules,
  },
  { kind: 'EndpointSlice', in: 'discovery', group: 'discovery.k8s.io', generation: true, rules: endpointSliceRules },
  { kind: 'Lease', in: 'coordination', group: 'coordination.k8s.io', rules: leaseRules },
  {
    kind: 'PodDisruptionBudget',
    in: 'policy',
    group: 'policy',
    ...status,
    generation: true,
    shortNames: ['pdb'],
    rules: budgetRules,
  },
  {
    kind: 'CustomResourceDefinition',
    in: 'apiextensions',
    group: 'apiextensions.k8s.io',
    ...cluster,
    ...status,
    generation: true,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    rules: customResourceDefinitionRules,
  },
  {
    kind: 'MutatingWebhookConfiguration',
    in: 'admission',
    group: 'admissionregistration.k8s.io',
    ...cluster,
    generation: true,
    categories: ['api-extensions'],
  },
  {
    kind: 'ValidatingWebhookConfiguration',
    in: 'admission',
    group: 'admissionregistration.k8s.io',
    ...cluster,
    generation: true,
    categories: ['api-extensions'],
  },
];

function kindOf(row: Row): Kind {
  const { in: from, ...given } = row;
  const schemaName = `${PACKAGES[from]}.${row.kind}`;
  const plural = row.plural ?? `${row.kind.toLowerCase()}s`;
  const base = {
    group: '',
    version: 'v1',
    plural,
    namespaced: true,
    singular: row.kind.toLowerCase(),
    nameForm: 'subdomain' as const,
  };
  const none = {
    shortNames: [],
    categories: [],
    subresources: [],
    generation: false,
    fields: [],
    rules: {},
    builtIn: true,
  };
  const shown = {
    columns: COLUMNS[row.kind] ?? [NAME, AGE],
    schema: rootSchema(namedSchemas().get(schemaName) as Schema),
    schemaName,
  };
  const statusWritesMetadata = row.kind !== 'Deployment';
  return { ...base, ...none, ...shown, statusWritesMetadata, storage: `${row.group ?? ''}/${plural}`, ...given };
}

/** The schema of a whole object: a definition with `apiVersion` and `kind`. */
const rootSchema = (schema: Schema): Schema => ({
  ...schema,
  properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...schema.properties },
});

export const BUILT_IN_KINDS: readonly Kind[] = ROWS.map(kindOf);

/** Kinds that are only ever a request body, never stored. */
const BODY_SCHEMAS: Record<string, string> = {
  'autoscaling/v1 Scale': `${PACKAGES.autoscaling}.Scale`,
  'v1 Binding': `${PACKAGES.core}.Binding`,
  'policy/v1 Eviction': `${PACKAGES.policy}.Eviction`,
};

/** The schema of a body by its own account; undefined for what is not compiled in. */
export function bodySchema(apiVersion: string, kind: string): { name: string; schema: Schema } | undefined {
  const found = BUILT_IN_KINDS.find((one) => groupVersion(one) === apiVersion && one.kind === kind);
  if (found) return { name: found.schemaName, schema: found.schema };
  // Delete options come under whatever group and version they are sent to.
  const name = kind === 'DeleteOptions' ? `${PACKAGES.meta}.DeleteOptions` : BODY_SCHEMAS[`${apiVersion} ${kind}`];
  return name === undefined ? undefined : { name, schema: namedSchemas().get(name) as Schema };
}

export const groupVersion = (kind: { group: string; version: string }): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
