import { RESOURCES } from '../../../src/kube/resources.ts';
import { OPERATOR_RIGHTS } from '../../../src/kube/rights.ts';
import { policyOf, type PolicyStatement } from '../../../src/aws/policy.ts';
import { FEATURE_NAMES } from '../../../src/aws/rights/features.ts';
import type { KubeObject, Resource } from '../../../src/kube/api.ts';
import { localNodes } from '../../../src/local/cluster/kubelet/node.ts';
import { realClock as clock } from '../../../src/runtime/clock.ts';
import { CRD, OWN_NAMESPACE, type DoctorWorld } from './doctor-world.ts';

export const MINUTE_MS = 60_000;
export const [first, second, third] = localNodes().map(({ name }) => name) as [string, string, string];
export const instances = localNodes().map(({ instanceId }) => instanceId) as [string, string, string];

export const nameOf = (name: string): { namespace: string; name: string } => ({ namespace: OWN_NAMESPACE, name });

/** Replaces an object by what `change` makes of it. */
async function rewrite(
  { kube }: DoctorWorld,
  [resource, key]: [Resource, { namespace?: string; name: string }],
  change: (object: KubeObject) => object,
): Promise<void> {
  const { metadata, ...rest } = (await kube.get(resource, key)) as KubeObject;
  await kube.delete(resource, key);
  const { name, namespace, labels } = metadata;
  const fresh = { name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }) };
  await kube.create(resource, change({ ...rest, metadata: fresh } as KubeObject) as never);
}

export type Version = {
  name: string;
  schema: { openAPIV3Schema: { properties: Record<string, { properties: Record<string, unknown> }> } };
};

export const rewriteVersion = (world: DoctorWorld, name: string, change: (version: Version) => void): Promise<void> =>
  rewrite(world, [CRD, { name }], (object) => {
    const { spec } = structuredClone(object) as unknown as { spec: { versions: Version[] } };
    for (const version of spec.versions) change(version);
    return { ...object, spec, status: undefined };
  });

export const peerPod = (status: object) => (world: DoctorWorld) =>
  world.addPod('aws-load-balancer-controller-1', {
    namespace: 'kube-system',
    labels: { 'app.kubernetes.io/name': 'aws-load-balancer-controller' },
    status,
  });

export const peerWebhook = (world: DoctorWorld) =>
  world.apply({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'aws-load-balancer-webhook' },
    webhooks: [
      {
        name: 'vingress.elbv2.k8s.aws',
        clientConfig: { service: { name: 'aws-load-balancer-webhook-service', namespace: 'kube-system', path: '/' } },
        rules: [
          { apiGroups: ['networking.k8s.io'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['ingresses'] },
        ],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });

/** Gives whoever asks the policy of the cluster without some of it. */
export function permit(world: DoctorWorld, keep: (action: string) => boolean): void {
  const { vpcId } = world.aws.aws.settings;
  const { Version, Statement } = policyOf({ clusterName: 'local', vpcId, features: FEATURE_NAMES });
  const kept = Statement.map((one) => ({ ...one, Action: one.Action.filter(keep) })).filter(
    ({ Action }) => Action.length > 0,
  );
  const simulation = { Effect: 'Allow', Action: ['iam:SimulatePrincipalPolicy'], Resource: '*' };
  const policy = { Version, Statement: [...kept, simulation as PolicyStatement] };
  world.aws.aws.configure({ policies: { doctor: policy } });
}

export const DENIED = [
  'elasticloadbalancing:RegisterTargets',
  'ec2:CreateSecurityGroup',
  'elasticloadbalancing:DescribeRules',
];

export const setGroups = (world: DoctorWorld, instance: string, names: string[]): void => {
  const { networkInterfaces, securityGroups } = world.aws.aws.state;
  const ids = [...securityGroups.values()].filter(({ name }) => names.includes(name)).map(({ id }) => id);
  for (const one of networkInterfaces.values()) if (one.instanceId === instance) one.securityGroups = ids;
};

export const groupNamed = (world: DoctorWorld, name: string) =>
  [...world.aws.aws.state.securityGroups.values()].find((one) => one.name === name);

export function crowd(world: DoctorWorld): void {
  const group = groupNamed(world, 'nodes');
  for (let port = 1; port <= 55; port++)
    group?.rules.push({
      id: `sgr-${port}`,
      egress: false,
      protocol: 'tcp',
      fromPort: port,
      toPort: port,
      cidr: '10.0.0.0/8',
      tags: {},
    });
}

export const untagged = (world: DoctorWorld, tag: string): void => {
  for (const subnet of world.aws.aws.state.subnets.values()) delete subnet.tags[tag];
};

export const ingress = (name: string): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop' },
  spec: {
    ingressClassName: 'podwire',
    defaultBackend: { service: { name: 'web', port: { number: 80 } } },
  },
});

export const condition = (reason: string, message: string): object => ({
  type: 'Ready',
  status: 'False',
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

export async function refuseIngress(world: DoctorWorld): Promise<void> {
  await world.apply(ingress('bad'));
  const { uid } = (await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name: 'bad' }))?.metadata ?? {
    uid: '',
  };
  await makeLoadBalancer(world, 'bad', {
    conditions: [condition('MemberRefused', 'an Ingress is refused')],
    members: [{ namespace: 'shop', name: 'bad', uid, accepted: false, reason: 'InvalidHost', message: 'host: no' }],
  });
}

export async function makeLoadBalancer(world: DoctorWorld, name: string, status: object): Promise<void> {
  await world.kube.create(RESOURCES.loadBalancer, { metadata: { name }, spec: { stack: `ingress/shop/${name}` } });
  await world.setStatus(RESOURCES.loadBalancer, { name }, status);
}

export async function makeTargetGroup(world: DoctorWorld): Promise<void> {
  const key = { namespace: 'shop', name: 'web' };
  const spec = {
    arn: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/1',
    loadBalancer: 'web',
    service: { name: 'web', port: { number: 80 } },
    targetType: 'ip',
    addressFamily: 'IPv4',
    vpcId: 'vpc-1',
  };
  await world.kube.create(RESOURCES.targetGroup, { metadata: key, spec });
  await world.setStatus(RESOURCES.targetGroup, key, { conditions: [condition('NoHealthyTarget', 'none is healthy')] });
}

/** As the operator’s own process sees time, `minutes` later: what is there is older. */
export async function closeGate(world: DoctorWorld): Promise<void> {
  const conditions = [
    {
      type: 'ContainersReady',
      status: 'True',
      lastTransitionTime: new Date(clock.now() - 20 * MINUTE_MS).toISOString(),
    },
    { type: 'Ready', status: 'False' },
    { type: 'podwire.dev/target-ready', status: 'False', reason: 'TargetUnhealthy', message: 'its health checks fail' },
  ];
  await world.kube.create(RESOURCES.pod, {
    metadata: { name: 'web-1', namespace: 'shop' },
    spec: {
      nodeName: first,
      containers: [{ name: 'web', image: 'web' }],
      readinessGates: [{ conditionType: 'podwire.dev/target-ready' }],
    },
  });
  await world.setStatus(RESOURCES.pod, { namespace: 'shop', name: 'web-1' }, { phase: 'Running', conditions });
}

export const setKubelet = (world: DoctorWorld, kubeletVersion: string) =>
  world.setStatus(RESOURCES.node, { name: second }, { nodeInfo: { kubeletVersion } });

export const fail = (world: DoctorWorld, code: string, message: string): void =>
  world.aws.aws.configure({ faults: [{ action: 'GetCallerIdentity', code, message, httpStatus: 403 }] });

/** Takes the right to patch Ingresses. */
export const withoutPatch = OPERATOR_RIGHTS.map((right) =>
  right.resource === RESOURCES.ingress && right.subresource === undefined
    ? { ...right, verbs: right.verbs.filter((verb) => verb !== 'patch') }
    : right,
);

export const crashed = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [
    {
      name: 'podwire',
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
      ready: false,
      restartCount: 9,
      image: 'podwire',
      imageID: '',
    },
  ],
};
