import { CONTROLLER_ID } from '../../src/api/controller.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import { asInKubernetes, flag, oneOf, type Schema, text, texts, type ValueTable, whole } from './value.ts';

/** Settings that the chart writes from other values, or from where the release stands; the key of the value. */
export const CHART_SETS: Readonly<Record<string, string>> = {
  clusterName: 'clusterName',
  region: 'region',
  vpcId: 'vpcId',
  controllerId: 'controllerId',
  inject: 'injection',
  ownNamespace: 'the namespace of the release',
  leaseNamespace: 'the namespace of the release',
  metricsAddress: 'bindAddress and ports.metrics',
  webhookAddress: 'bindAddress and ports.webhook',
  // The roles name both objects.
  leaseName: 'no value: podwire, and controllerId behind it',
  webhookSecret: 'no value: podwire-webhook, and controllerId behind it',
  kubeconfig: 'no value: the ServiceAccount',
};

function configSchema(): Schema {
  const { properties, ...rest } = settingsSchema();
  const left = Object.entries(properties).filter(([key]) => !(key in CHART_SETS));
  return { ...rest, properties: Object.fromEntries(left) };
}

const DURATION = { pattern: '^[0-9]+(ms|s|m|h)$' };
const PEERS = 'who may (NetworkPolicyPeer); nobody named is everybody';
const PORT = { minimum: 1, maximum: 65_535 };

const port = (fallback: number, about: string) => ({
  schema: { type: 'integer', ...PORT },
  fallback,
  text: about,
});

const monitor = (kind: string) => ({
  text: `A ${kind} of the Prometheus operator.`,
  values: {
    enabled: flag(false, `Whether it is made; its CustomResourceDefinition must be there.`),
    interval: text('30s', 'How often metrics are read.', DURATION),
    labels: texts('More labels, by which a Prometheus finds it.'),
  },
});

/** Every value of the chart. values.yaml, its schema and the chart's README come from here. */
export const VALUES: ValueTable = {
  clusterName: text('', 'Required. Name of the EKS cluster.'),
  region: text('', 'Required. AWS region of the cluster.'),
  vpcId: text('', 'Required. VPC of the cluster.', { pattern: '^(vpc-[0-9a-f]+)?$' }),
  controllerId: text(
    '',
    'For a further release in the same cluster: an id that no other one has. Classes, objects and what is made in AWS are its own. Never to be changed.',
    { pattern: `^(${CONTROLLER_ID})?$` },
  ),
  config: {
    schema: configSchema(),
    fallback: {},
    text: 'Settings of the operator, as docs/settings.md has them; those that other values say are not taken here.',
  },
  replicaCount: whole(2, 0, 'One works, the others wait and take over at once.'),
  image: {
    text: 'The image of the operator.',
    values: {
      repository: text('podwire/podwire', 'Where it is.', { minLength: 1 }),
      tag: text('', 'Its tag; empty is the version of the chart.'),
      digest: text('', 'Its digest, which goes before the tag.', { pattern: '^(sha256:[0-9a-f]{64})?$' }),
      pullPolicy: oneOf(['IfNotPresent', 'Always', 'Never'], 'When it is pulled.'),
    },
  },
  imagePullSecrets: asInKubernetes('array', [], 'Secrets of the registry.'),
  fullnameOverride: text('', 'Name of what is made, instead of one from the name of the release.'),
  commonLabels: texts('Labels on everything.'),
  serviceAccount: {
    text: 'Whom the operator is to Kubernetes and AWS.',
    values: {
      create: flag(true, 'Whether it is made.'),
      name: text('', 'Its name; empty is that of the release.'),
      annotations: texts('More annotations.'),
    },
  },
  identity: {
    text: 'How the operator comes by AWS credentials. It never asks the instance metadata service.',
    values: {
      type: oneOf(
        ['podIdentity', 'irsa', 'environment'],
        'EKS Pod Identity, IAM roles for service accounts, or environment variables.',
      ),
      roleArn: text('', 'The role. Required for irsa; with podIdentity it only makes the notes exact.', {
        pattern: '^(arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+)?$',
      }),
      secretName: text('', 'With environment: a Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'),
    },
  },
  rbac: {
    text: 'Rights in Kubernetes.',
    values: {
      create: flag(true, 'Whether roles and bindings are made.'),
      aggregate: flag(true, 'Whether the roles view, edit and admin of the cluster learn of our kinds.'),
    },
  },
  crds: {
    text: 'CustomResourceDefinitions. They are upgraded with the chart and stay when it is uninstalled.',
    values: {
      install: {
        schema: { enum: ['auto', 'true', 'false', true, false] },
        fallback: 'auto',
        text: 'auto leaves one alone that is there and not of this release; true insists; false makes none.',
      },
    },
  },
  ingressClass: {
    text: 'The IngressClass that Ingresses name.',
    values: {
      create: flag(true, 'Whether it is made.'),
      name: text('', 'Its name; empty is podwire, with controllerId behind it.'),
      default: flag(false, 'Whether Ingresses without a class are ours.'),
    },
  },
  injection: oneOf(
    ['auto', 'policy', 'webhook', 'off'],
    'Who writes gate, sleep and grace into new pods: auto is the admission policy from Kubernetes 1.36 on, and the webhook before.',
  ),
  strict: flag(false, 'Whether pods labelled podwire.dev/require-drain are refused without gate and sleep.'),
  ports: {
    text: 'Ports of the operator; on the network of the nodes they must be free there.',
    values: {
      metrics: port(8080, 'Metrics and probes.'),
      webhook: port(9443, 'The webhook.'),
    },
  },
  bindAddress: text('0.0.0.0', 'Where both are served; "[::]" in a cluster with IPv6 only.', { minLength: 1 }),
  hostNetwork: flag(
    false,
    'Whether pods are on the network of the nodes: where the control plane cannot reach pod addresses, for the webhook.',
  ),
  resources: asInKubernetes(
    'object',
    { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '512Mi' } },
    'Of each pod.',
  ),
  terminationGracePeriodSeconds: whole(60, 30, 'For what is under way in AWS when a pod ends.'),
  priorityClassName: text('system-cluster-critical', 'Nothing else deregisters the targets that leave.'),
  podDisruptionBudget: {
    text: 'maxUnavailable 1, from two replicas on.',
    values: { enabled: flag(true, 'Whether it is made.') },
  },
  topologySpreadConstraints: asInKubernetes(
    'array',
    [],
    'Empty spreads the pods over zones and nodes where that can be (ScheduleAnyway).',
  ),
  nodeSelector: texts('Nodes that pods may run on.'),
  tolerations: asInKubernetes('array', [], 'Taints that pods bear.'),
  affinity: asInKubernetes('object', {}, 'Affinity of the pods.'),
  podLabels: texts('More labels on the pods.'),
  podAnnotations: texts('More annotations on the pods.'),
  extraArgs: {
    schema: { type: 'array', items: { type: 'string' } },
    fallback: [],
    text: 'More flags of podwire run; a flag goes before config.',
  },
  extraEnv: {
    schema: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: { name: { type: 'string' }, value: { type: 'string' }, valueFrom: { type: 'object' } },
      },
    },
    fallback: [],
    text: 'More environment variables; one of ours gives way to one given here.',
  },
  networkPolicy: {
    text: 'Who may send to the operator, and where it may.',
    values: {
      enabled: flag(false, 'Whether it is made.'),
      metricsFrom: asInKubernetes('array', [], `Metrics: ${PEERS}.`),
      webhookFrom: asInKubernetes('array', [], `The webhook: ${PEERS}, since the API server has no pod of its own.`),
      egressCidrs: {
        schema: { type: 'array', minItems: 1, items: { type: 'string', pattern: '/[0-9]+$' } },
        fallback: ['0.0.0.0/0', '::/0'],
        text: 'Where the API server and AWS are, on port 443; with VPC endpoints that is the range of the VPC.',
      },
      extraEgress: asInKubernetes('array', [], 'More of what it may send.'),
    },
  },
  monitoring: {
    text: 'For the Prometheus operator and Grafana.',
    values: {
      podMonitor: monitor('PodMonitor'),
      serviceMonitor: monitor('ServiceMonitor'),
      prometheusRule: {
        text: 'Alerts, each with a runbook.',
        values: {
          enabled: flag(false, 'Whether they are made; the CustomResourceDefinition must be there.'),
          labels: texts('More labels, by which a Prometheus finds them.'),
          runbooks: text('docs/runbooks', 'Where the runbooks are: what the links begin with.', { minLength: 1 }),
        },
      },
      dashboard: {
        text: 'A ConfigMap with a dashboard of Grafana.',
        values: {
          enabled: flag(false, 'Whether it is made.'),
          labels: texts('By which the sidecar of Grafana finds it.', { grafana_dashboard: '1' }),
        },
      },
    },
  },
  uninstall: {
    text: 'What happens before the operator goes: injection ends, and every gate is opened, so that no pod waits for it.',
    values: {
      hook: flag(true, 'Whether that is done by helm uninstall. It refuses while load balancers are managed.'),
      force: flag(
        false,
        'Whether it goes on all the same; they stay in AWS as they are. To be set by an upgrade before.',
      ),
      retries: whole(1, 0, 'How often it is tried again.'),
    },
  },
};
