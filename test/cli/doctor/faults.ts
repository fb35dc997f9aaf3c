import { policyOf, type PolicyStatement } from '../../../src/aws/policy.ts';
import { FEATURE_NAMES } from '../../../src/aws/rights/features.ts';
import type { KubeObject, Resource } from '../../../src/kube/api.ts';
import { OPERATOR_RIGHTS } from '../../../src/kube/rights.ts';
import { RESOURCES } from '../../../src/kube/resources.ts';
import { localNodes } from '../../../src/local/cluster/kubelet/node.ts';
import type { Reason } from '../../../src/model/doctor/reasons.ts';
import { realClock as clock } from '../../../src/runtime/clock.ts';
import { CRD, type DoctorWorld, OWN_NAMESPACE, READY } from './doctor-world.ts';

/** One thing that is made wrong, and what doctor is to say of it. */
export type DoctorFault = {
  reason: Reason;
  /** What it is said of, and in which words. */
  object: string | RegExp;
  message: RegExp;
  inject?: (world: DoctorWorld) => unknown;
};

/** Faults of one world that leave each other alone. */
export type FaultSet = { name: string; faults: DoctorFault[]; flags?: (world: DoctorWorld) => string[]; env?: Texts };

type Texts = Record<string, string | undefined>;

const MINUTE_MS = 60_000;
const [first, second, third] = localNodes().map(({ name }) => name) as [string, string, string];
const instances = localNodes().map(({ instanceId }) => instanceId) as [string, string, string];

const nameOf = (name: string): { namespace: string; name: string } => ({ namespace: OWN_NAMESPACE, name });

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

type Version = {
  name: string;
  schema: { openAPIV3Schema: { properties: Record<string, { properties: Record<string, unknown> }> } };
};

const rewriteVersion = (world: DoctorWorld, name: string, change: (version: Version) => void): Promise<void> =>
  rewrite(world, [CRD, { name }], (object) => {
    const { spec } = structuredClone(object) as unknown as { spec: { versions: Version[] } };
    for (const version of spec.versions) change(version);
    return { ...object, spec, status: undefined };
  });

const peerPod = (status: object) => (world: DoctorWorld) =>
  world.addPod('aws-load-balancer-controller-1', {
    namespace: 'kube-system',
    labels: { 'app.kubernetes.io/name': 'aws-load-balancer-controller' },
    status,
  });

const peerWebhook = (world: DoctorWorld) =>
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
function permit(world: DoctorWorld, keep: (action: string) => boolean): void {
  const { vpcId } = world.aws.aws.settings;
  const { Version, Statement } = policyOf({ clusterName: 'local', vpcId, features: FEATURE_NAMES });
  const kept = Statement.map((one) => ({ ...one, Action: one.Action.filter(keep) })).filter(
    ({ Action }) => Action.length > 0,
  );
  const simulation = { Effect: 'Allow', Action: ['iam:SimulatePrincipalPolicy'], Resource: '*' };
  const policy = { Version, Statement: [...kept, simulation as PolicyStatement] };
  world.aws.aws.configure({ policies: { doctor: policy } });
}

const DENIED = [
  'elasticloadbalancing:RegisterTargets',
  'ec2:CreateSecurityGroup',
  'elasticloadbalancing:DescribeRules',
];

const setGroups = (world: DoctorWorld, instance: string, names: string[]): void => {
  const { networkInterfaces, securityGroups } = world.aws.aws.state;
  const ids = [...securityGroups.values()].filter(({ name }) => names.includes(name)).map(({ id }) => id);
  for (const one of networkInterfaces.values()) if (one.instanceId === instance) one.securityGroups = ids;
};

const groupNamed = (world: DoctorWorld, name: string) =>
  [...world.aws.aws.state.securityGroups.values()].find((one) => one.name === name);

function crowd(world: DoctorWorld): void {
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

const untagged = (world: DoctorWorld, tag: string): void => {
  for (const subnet of world.aws.aws.state.subnets.values()) delete subnet.tags[tag];
};

const ingress = (name: string): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop' },
  spec: {
    ingressClassName: 'podwire',
    defaultBackend: { service: { name: 'web', port: { number: 80 } } },
  },
});

const condition = (reason: string, message: string): object => ({
  type: 'Ready',
  status: 'False',
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

async function refuseIngress(world: DoctorWorld): Promise<void> {
  await world.apply(ingress('bad'));
  const { uid } = (await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name: 'bad' }))?.metadata ?? {
    uid: '',
  };
  await makeLoadBalancer(world, 'bad', {
    conditions: [condition('MemberRefused', 'an Ingress is refused')],
    members: [{ namespace: 'shop', name: 'bad', uid, accepted: false, reason: 'InvalidHost', message: 'host: no' }],
  });
}

async function makeLoadBalancer(world: DoctorWorld, name: string, status: object): Promise<void> {
  await world.kube.create(RESOURCES.loadBalancer, { metadata: { name }, spec: { stack: `ingress/shop/${name}` } });
  await world.setStatus(RESOURCES.loadBalancer, { name }, status);
}

async function makeTargetGroup(world: DoctorWorld): Promise<void> {
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
async function closeGate(world: DoctorWorld): Promise<void> {
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

const setKubelet = (world: DoctorWorld, kubeletVersion: string) =>
  world.setStatus(RESOURCES.node, { name: second }, { nodeInfo: { kubeletVersion } });

const fail = (world: DoctorWorld, code: string, message: string): void =>
  void world.aws.aws.configure({ faults: [{ action: 'GetCallerIdentity', code, message, httpStatus: 403 }] });

/** Takes the right to patch Ingresses. */
const withoutPatch = OPERATOR_RIGHTS.map((right) =>
  right.resource === RESOURCES.ingress && right.subresource === undefined
    ? { ...right, verbs: right.verbs.filter((verb) => verb !== 'patch') }
    : right,
);

const crashed = {
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

export const FAULT_SETS: FaultSet[] = [
  {
    name: 'what the chart installs',
    faults: [
      {
        reason: 'RightMissing',
        object: `account system:serviceaccount:${OWN_NAMESPACE}:podwire`,
        message: /^may not patch ingresses.networking.k8s.io in all namespaces$/,
        inject: ({ toKube }) => void (toKube.lies.rights = withoutPatch),
      },
      {
        reason: 'KubernetesTooOld',
        object: 'API server',
        message: /^Kubernetes v1\.29\.7-eks-a1b2c3d; wanted 1\.30 to 1\.36$/,
        inject: ({ toKube }) => void (toKube.lies.version = 'v1.29.7-eks-a1b2c3d'),
      },
      {
        reason: 'KubeletTooOld',
        object: `Node ${second}`,
        message: /^kubelet v1\.28\.3$/,
        inject: (world) => setKubelet(world, 'v1.28.3'),
      },
      {
        reason: 'CrdMissing',
        object: 'CustomResourceDefinition targetgroups.podwire.dev',
        message: /^it is not there$/,
        inject: ({ kube }) => kube.delete(CRD, { name: 'targetgroups.podwire.dev' }),
      },
      {
        reason: 'CrdLacks',
        object: 'CustomResourceDefinition loadbalancers.podwire.dev',
        message:
          /^v1 lacks the field status\.members; it has no label of a Helm release, so the chart leaves it alone$/,
        inject: (world) =>
          rewriteVersion(world, 'loadbalancers.podwire.dev', ({ schema }) => {
            delete schema.openAPIV3Schema.properties['status']?.properties['members'];
          }),
      },
      {
        reason: 'CrdVersionNotServed',
        object: 'CustomResourceDefinition targetgroupbindings.elbv2.k8s.aws',
        message: /^serves v1alpha1, wanted v1beta1; it has no label/,
        inject: (world) =>
          rewriteVersion(world, 'targetgroupbindings.elbv2.k8s.aws', (version) => void (version.name = 'v1alpha1')),
      },
      {
        reason: 'PeerCrdMissing',
        object: 'CustomResourceDefinition ingressclassparams.elbv2.k8s.aws',
        message: /^it is not there$/,
        inject: ({ kube }) => kube.delete(CRD, { name: 'ingressclassparams.elbv2.k8s.aws' }),
      },
      {
        reason: 'WebhookUntrusted',
        object: 'MutatingWebhookConfiguration pod-drain.podwire.dev',
        message: /^pod-drain-first\.podwire\.dev has no caBundle$/,
        inject: ({ kube }) =>
          kube.patch(
            RESOURCES.mutatingWebhookConfiguration,
            { name: 'pod-drain.podwire.dev' },
            { type: 'json', body: [{ op: 'remove', path: '/webhooks/1/clientConfig/caBundle' }] },
          ),
      },
      {
        reason: 'WebhookUnserved',
        object: `Service ${OWN_NAMESPACE}/podwire-webhook`,
        message: /^it has no endpoint$/,
        inject: ({ kube }) => kube.delete(RESOURCES.endpointSlice, nameOf('podwire-webhook-1')),
      },
      {
        reason: 'OperatorNotReady',
        object: `Pod ${OWN_NAMESPACE}/podwire-2`,
        message: /^is not Ready: CrashLoopBackOff: back-off 5m0s$/,
        inject: (world) => world.setStatus(RESOURCES.pod, nameOf('podwire-2'), crashed),
      },
      {
        reason: 'SecondRelease',
        object: 'release shop/other',
        message: /^runs beside podwire-system\/podwire: podwire-0$/,
        inject: (world) =>
          world.addPod('podwire-0', { namespace: 'shop', labels: { 'app.kubernetes.io/instance': 'other' } }),
      },
      {
        reason: 'LeaseStale',
        object: `Lease ${OWN_NAMESPACE}/podwire`,
        message: /^held by podwire-9_aaaa, whose pod is gone, last renewed \d+ seconds ago/,
        inject: (world) => world.hold('podwire-9_aaaa', 10 * MINUTE_MS),
      },
      {
        reason: 'PeerRuns',
        object: 'AWS Load Balancer Controller',
        message: /^runs beside Podwire: kube-system\/aws-load-balancer-controller-1$/,
        inject: peerPod(READY),
      },
      {
        reason: 'PeerWebhookFails',
        object: 'ValidatingWebhookConfiguration aws-load-balancer-webhook',
        message: /^1 of its webhooks have failurePolicy Fail$/,
        inject: peerWebhook,
      },
    ],
  },
  {
    name: 'the account and the objects',
    faults: [
      ...DENIED.map((action) => ({
        reason: 'ActionDenied' as const,
        object: action,
        message: /^is denied, by (simulation|a dry run|a call about nothing): .*\bstatement \w+ of the policy$/,
        inject: (world: DoctorWorld) => permit(world, (one) => !DENIED.includes(one)),
      })),
      {
        reason: 'ActionDenied',
        object: 'ec2:CreateSecurityGroup',
        message: /statement CreateInVpc of the policy$/,
      },
      {
        reason: 'QuotaFull',
        object: 'the account',
        message: /^target-groups: 0 of 0 in use$/,
        inject: ({ aws }) => aws.aws.configure({ quotas: { 'target-groups': 0 } }),
      },
      {
        reason: 'QuotaNearlyFull',
        object: 'TargetGroup shop/web',
        message: /^targets-per-target-group: 900 of 1000 in use$/,
        inject: async (world) => {
          await makeTargetGroup(world);
          await world.setStatus(RESOURCES.targetGroup, { namespace: 'shop', name: 'web' }, { registered: 900 });
        },
      },
      {
        reason: 'TargetGroupNotReady',
        object: 'TargetGroup shop/web',
        message: /^NoHealthyTarget: none is healthy$/,
      },
      {
        reason: 'NoSubnets',
        object: /^VPC vpc-\w+, internet-facing$/,
        message: /^wanted subnets in 2 zones at least; found none$/,
        inject: (world) => untagged(world, 'kubernetes.io/role/elb'),
      },
      {
        reason: 'AmbiguousSecurityGroup',
        object: `Node ${first}`,
        message: /^has sg-\w+, sg-\w+, of which none carries the tag of the cluster$/,
        inject: (world) => {
          const nodes = groupNamed(world, 'nodes');
          if (nodes !== undefined) nodes.tags = {};
          setGroups(world, instances[0], ['nodes', 'default']);
        },
      },
      {
        reason: 'NoSecurityGroup',
        object: `Node ${third}`,
        message: /^its network interface has no security group$/,
        inject: (world) => setGroups(world, instances[2], []),
      },
      {
        reason: 'SecurityGroupCrowded',
        object: /^security group sg-\w+$/,
        message: /^has 55 rules for inbound traffic; 60 is the usual quota$/,
        inject: crowd,
      },
      {
        reason: 'IngressRefused',
        object: 'Ingress shop/bad',
        message: /^InvalidHost: host: no$/,
        inject: refuseIngress,
      },
      {
        reason: 'LoadBalancerNotReady',
        object: 'LoadBalancer slow',
        message: /^Throttled: later$/,
        inject: (world) => makeLoadBalancer(world, 'slow', { conditions: [condition('Throttled', 'later')] }),
      },
      {
        reason: 'GateClosed',
        object: 'Pod shop/web-1',
        message: /^TargetUnhealthy: its health checks fail$/,
        inject: closeGate,
      },
    ],
  },
  {
    name: 'a cluster that is behind, with one replica that waits',
    flags: () => ['--inject', 'auto', '--vpc-id', 'vpc-0ffffffffffffffff'],
    faults: [
      {
        reason: 'IngressWithoutAddress',
        object: 'Ingress shop/late',
        message: /^it has no address$/,
        inject: async (world) => {
          // What the API server says of time is ten minutes later than it was when the object was made.
          await world.apply(ingress('late'));
          world.toKube.lies.skewMs = 10 * MINUTE_MS;
        },
      },
      {
        reason: 'NothingInjects',
        object: 'admission',
        message: /^there is neither MutatingAdmissionPolicy .* nor MutatingWebhookConfiguration/,
        inject: ({ kube }) => kube.delete(RESOURCES.mutatingWebhookConfiguration, { name: 'pod-drain.podwire.dev' }),
      },
      {
        reason: 'OneReplica',
        object: `release ${OWN_NAMESPACE}/podwire`,
        message: /^has one replica$/,
        inject: ({ kube }) => kube.delete(RESOURCES.pod, { ...nameOf('podwire-2'), graceSeconds: 0 }),
      },
      {
        reason: 'LeaseFree',
        object: `Lease ${OWN_NAMESPACE}/podwire`,
        message: /^nobody holds it$/,
        inject: (world) => world.hold(null, 0),
      },
      {
        reason: 'PeerWebhookUnserved',
        object: 'ValidatingWebhookConfiguration aws-load-balancer-webhook',
        message: /^1 of its webhooks/,
        inject: peerWebhook,
      },
      {
        reason: 'ClockFarSkewed',
        object: 'AWS',
        message: /^(599|600|601) seconds ahead of the clock here$/,
        inject: ({ toAws }) => void (toAws.lies.skewMs = 10 * MINUTE_MS),
      },
      { reason: 'VpcNotFound', object: 'VPC vpc-0ffffffffffffffff', message: /^there is none in eu-central-1$/ },
      { reason: 'NoSubnets', object: 'VPC vpc-0ffffffffffffffff, internet-facing', message: /found none$/ },
      { reason: 'NoSubnets', object: 'VPC vpc-0ffffffffffffffff, internal', message: /found none$/ },
      { reason: 'ClockFarSkewed', object: 'API server', message: /^(599|600|601) seconds ahead of the clock here$/ },
    ],
  },
  {
    name: 'an operator that is gone, and credentials that have expired',
    faults: [
      {
        reason: 'OperatorMissing',
        object: `release ${OWN_NAMESPACE}/podwire`,
        message: /^has no pods$/,
        inject: async ({ kube }) => {
          for (const name of ['podwire-1', 'podwire-2'])
            await kube.delete(RESOURCES.pod, { ...nameOf(name), graceSeconds: 0 });
        },
      },
      {
        reason: 'LeaseMissing',
        object: `Lease ${OWN_NAMESPACE}/podwire`,
        message: /^it is not there$/,
        inject: ({ kube }) => kube.delete(RESOURCES.lease, nameOf('podwire')),
      },
      {
        reason: 'WebhookCertificateExpired',
        object: `Secret ${OWN_NAMESPACE}/podwire-webhook`,
        message: /^expired at /,
        inject: (world) => world.serveWebhook(-0.5),
      },
      {
        reason: 'CredentialsExpired',
        object: 'AWS credentials',
        message: /security token included in the request is expired/,
        inject: (world) => fail(world, 'ExpiredToken', 'The security token included in the request is expired'),
      },
    ],
  },
  {
    name: 'replicas that crash, and credentials that are refused',
    faults: [
      {
        reason: 'NoReplicaReady',
        object: `Pod ${OWN_NAMESPACE}/podwire-1`,
        message: /^none of 2 is Ready; this one: CrashLoopBackOff/,
        inject: async (world) => {
          for (const name of ['podwire-1', 'podwire-2']) await world.setStatus(RESOURCES.pod, nameOf(name), crashed);
        },
      },
      {
        reason: 'LeaseHeldElsewhere',
        object: `Lease ${OWN_NAMESPACE}/podwire`,
        message: /^held by laptop_bbbb, renewed \d+ seconds ago, and that is no pod of the release$/,
        inject: (world) => world.hold('laptop_bbbb', 1_000),
      },
      {
        reason: 'WebhookCertificateExpires',
        object: `Secret ${OWN_NAMESPACE}/podwire-webhook`,
        message: /^expires at /,
        inject: (world) => world.serveWebhook(5),
      },
      {
        reason: 'KubernetesUntested',
        object: 'API server',
        message: /^Kubernetes v1\.37\.0; wanted 1\.30 to 1\.36$/,
        inject: ({ toKube }) => void (toKube.lies.version = 'v1.37.0'),
      },
      {
        reason: 'CredentialsRefused',
        object: 'AWS credentials',
        message: /security token included in the request is invalid/,
        inject: (world) =>
          fail(world, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
      },
    ],
  },
  {
    name: 'what was left of another version, and no credentials',
    env: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
    faults: [
      { reason: 'CredentialsMissing', object: 'AWS credentials', message: /Could not load credentials/ },
      {
        reason: 'WebhookCertificateMissing',
        object: `Secret ${OWN_NAMESPACE}/podwire-webhook`,
        message: /^there is no certificate in it$/,
        inject: ({ kube }) => kube.delete(RESOURCES.secret, nameOf('podwire-webhook')),
      },
      {
        reason: 'CrdStoredVersion',
        object: 'CustomResourceDefinition loadbalancers.podwire.dev',
        message: /^has stored objects of v1alpha1, which is not served$/,
        inject: (world) =>
          world.setStatus(CRD, { name: 'loadbalancers.podwire.dev' }, { storedVersions: ['v1alpha1', 'v1'] }),
      },
    ],
  },
  {
    name: 'an endpoint that nobody listens at',
    flags: () => ['--inject', 'policy', '--aws-endpoint-url', 'http://127.0.0.1:1'],
    faults: [
      { reason: 'AwsUnreachable', object: 'AWS credentials', message: /ECONNREFUSED/ },
      {
        reason: 'PolicyNotServed',
        object: 'MutatingAdmissionPolicy pod-drain.podwire.dev',
        message: /has no such kind here$/,
      },
      {
        reason: 'ClockSkewed',
        object: 'API server',
        message: /^(5\d|60|61) seconds behind the clock here$/,
        inject: async (world) => {
          world.toKube.lies.skewMs = -MINUTE_MS;
          await world.hold('podwire-1_7f0e', MINUTE_MS);
        },
      },
    ],
  },
  {
    name: 'settings that are wrong',
    flags: () => ['--workrs', '3', '--no-aws'],
    faults: [
      { reason: 'SettingsInvalid', object: 'settings', message: /unknown flag --workrs; did you mean --workers/ },
    ],
  },
  {
    name: 'a kubeconfig that is not there',
    flags: ({ dir }) => ['--kubeconfig', `${dir}/none`, '--no-aws'],
    faults: [{ reason: 'KubeconfigUnusable', object: 'API server', message: /none: there is no such file/ }],
  },
  {
    name: 'an API server that is away',
    flags: () => ['--no-aws'],
    faults: [
      {
        reason: 'ApiServerUnreachable',
        object: /^API server http:/,
        message: /the API server refuses the connection/,
        inject: ({ toKube }) => toKube.close(),
      },
    ],
  },
  {
    name: 'a token that is not taken',
    flags: () => ['--no-aws'],
    faults: [
      {
        reason: 'ApiServerRefuses',
        object: /^API server http:/,
        message: /401 Unauthorized/,
        inject: (world) => {
          world.toKube.lies.token = world.server.token;
          return world.rewriteKubeconfig((text) => text.replace(world.server.token, 'stale'));
        },
      },
    ],
  },
];
