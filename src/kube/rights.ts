import { namesOf } from '../admission/installation.ts';
import { nameFor } from '../api/controller.ts';
import type { Resource } from './api.ts';
import { RESOURCES } from './resources.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

/** What has to be in use for a right to be of use; `always` needs nothing. */
export type RightFeature = 'always' | 'policy' | 'webhook' | 'leaderElection';

/** One right in the Kubernetes API, as narrow as roles can say it. */
export type Right = {
  resource: Resource;
  subresource?: 'status';
  verbs: readonly Verb[];
  /** In every namespace, or in our own one only. */
  scope: 'cluster' | 'own namespace';
  /** Objects by name. A POST has no name yet: a right to `create` holds for any name, unless it is by server-side apply. */
  names?: readonly string[];
  feature: RightFeature;
  /** What it is for. */
  why: string;
};

/** Names that the settings have where nobody says otherwise; the chart leaves them so. */
export const LEASE_NAME = 'podwire';
export const WEBHOOK_SECRET_NAME = 'podwire-webhook';

const READ = ['list', 'watch'] as const;

const clusterWide = (resource: Resource, verbs: readonly Verb[], why: string): Right => ({
  resource,
  verbs,
  scope: 'cluster',
  feature: 'always',
  why,
});

const statusOf = (resource: Resource, why: string): Right => ({
  ...clusterWide(resource, ['patch'], why),
  subresource: 'status',
});

const inOwnNamespace = (resource: Resource, right: Pick<Right, 'verbs' | 'names' | 'feature' | 'why'>): Right => ({
  resource,
  scope: 'own namespace',
  ...right,
});

/** Every right that the operator with this id uses. Roles are generated from here. No Secret outside our own namespace is ever read. */
export function operatorRights(controllerId?: string): readonly Right[] {
  const names = namesOf(controllerId);
  return [
    clusterWide(
      RESOURCES.ingress,
      ['get', ...READ, 'patch'],
      'They say what is to be served; patched for our finalizer.',
    ),
    statusOf(RESOURCES.ingress, 'The address of the load balancer.'),
    clusterWide(RESOURCES.ingressClass, READ, 'Which Ingresses are ours.'),
    clusterWide(RESOURCES.ingressClassParams, READ, 'What a class says for all its Ingresses.'),
    clusterWide(RESOURCES.service, READ, 'Ports, selectors and annotations of what Ingresses send to.'),
    clusterWide(RESOURCES.endpointSlice, READ, 'The addresses that become targets.'),
    clusterWide(RESOURCES.pod, READ, 'Whose address a target is, whether it leaves, and its gate.'),
    statusOf(RESOURCES.pod, 'The condition of the readiness gate; the guard policy allows nothing else of the status.'),
    clusterWide(RESOURCES.node, READ, 'Zones, addresses and departures of nodes, and instance targets.'),
    clusterWide(RESOURCES.namespace, READ, 'Labels that classes select namespaces by, and namespaces that end.'),
    {
      ...clusterWide(
        RESOURCES.namespace,
        ['get'],
        'The UID of kube-system tells this cluster from another of its name.',
      ),
      names: ['kube-system'],
    },
    {
      ...clusterWide(
        RESOURCES.configMap,
        ['get', 'create', 'patch', 'delete'],
        'The drain lines of each namespace, written by server-side apply.',
      ),
      names: [names.lines],
    },
    clusterWide(RESOURCES.event, ['create', 'patch'], 'What happened, on the object it happened to.'),
    clusterWide(
      RESOURCES.targetGroup,
      ['get', ...READ, 'create', 'patch', 'delete'],
      'One object for each target group in AWS.',
    ),
    statusOf(RESOURCES.targetGroup, 'What became of its targets.'),
    // Its spec never changes.
    clusterWide(RESOURCES.loadBalancer, ['get', ...READ, 'create', 'delete'], 'One object for each load balancer.'),
    statusOf(RESOURCES.loadBalancer, 'What was made in AWS, and what could not be.'),
    clusterWide(
      RESOURCES.targetGroupBinding,
      ['get', ...READ, 'patch'],
      'Those that are claimed; patched for our finalizer.',
    ),
    statusOf(RESOURCES.targetGroupBinding, 'How a claimed one is served.'),
    {
      ...clusterWide(RESOURCES.mutatingAdmissionPolicy, ['get'], 'Whether the policy that injects is in force.'),
      names: [names.policy],
      feature: 'policy',
    },
    {
      ...clusterWide(RESOURCES.mutatingAdmissionPolicyBinding, ['get'], 'Whether the policy that injects is bound.'),
      names: [names.policy],
      feature: 'policy',
    },
    {
      ...clusterWide(
        RESOURCES.mutatingWebhookConfiguration,
        ['get', 'patch'],
        'The authority of the certificate that the webhook is served with.',
      ),
      names: [names.webhook],
      feature: 'webhook',
    },
    inOwnNamespace(RESOURCES.lease, {
      verbs: ['create'],
      feature: 'leaderElection',
      why: 'The lease, at the first start.',
    }),
    inOwnNamespace(RESOURCES.lease, {
      verbs: ['get', 'list', 'watch', 'patch'],
      names: [nameFor(LEASE_NAME, controllerId)],
      feature: 'leaderElection',
      why: 'Who acts, and since when it last said so; that it is free is heard at once.',
    }),
    inOwnNamespace(RESOURCES.secret, {
      verbs: ['create'],
      feature: 'webhook',
      why: 'The certificate of the webhook, at the first start.',
    }),
    inOwnNamespace(RESOURCES.secret, {
      verbs: ['get', 'patch'],
      names: [nameFor(WEBHOOK_SECRET_NAME, controllerId)],
      feature: 'webhook',
      why: 'The certificate of the webhook, and its renewal.',
    }),
    inOwnNamespace(RESOURCES.configMap, {
      verbs: ['get'],
      names: [names.defaults],
      feature: 'webhook',
      why: 'The lines for pods of labelled namespaces.',
    }),
  ];
}

/** Those of an operator without one. */
export const OPERATOR_RIGHTS = operatorRights();

const injectionRemoval = (resource: Resource, names: readonly string[]): Right => ({
  ...clusterWide(resource, ['delete'], 'First of all, so that no new pod waits for an operator that goes.'),
  names,
});

/** Every right that `podwire release` uses, without those to take finalizers off: the chart's hook never does. */
export function releaseRights(controllerId?: string): readonly Right[] {
  const names = namesOf(controllerId);
  return [
    clusterWide(RESOURCES.loadBalancer, ['list'], 'Which load balancers are still managed.'),
    clusterWide(RESOURCES.targetGroup, ['list'], 'Which TargetGroupBindings are still served.'),
    injectionRemoval(RESOURCES.mutatingAdmissionPolicyBinding, [names.policy, names.first]),
    injectionRemoval(RESOURCES.mutatingAdmissionPolicy, [names.policy]),
    injectionRemoval(RESOURCES.mutatingWebhookConfiguration, [names.webhook]),
    injectionRemoval(RESOURCES.validatingAdmissionPolicyBinding, [names.strict]),
    injectionRemoval(RESOURCES.validatingAdmissionPolicy, [names.strict]),
    clusterWide(RESOURCES.pod, ['list'], 'Which pods wait at a closed gate.'),
    statusOf(RESOURCES.pod, 'Opens the gates that are closed.'),
  ];
}

/** The same beside an operator without an id. */
export const RELEASE_RIGHTS = releaseRights();

/** A rule of a Role or ClusterRole. */
export type PolicyRule = { apiGroups: string[]; resources: string[]; verbs: Verb[]; resourceNames?: string[] };

/** The right as a rule of its own. */
export const ruleOf = ({ resource, subresource, verbs, names }: Right): PolicyRule => ({
  apiGroups: [resource.group],
  resources: [subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`],
  verbs: [...verbs],
  ...(names && { resourceNames: [...names] }),
});
