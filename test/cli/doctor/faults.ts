import { RESOURCES } from '../../../src/kube/resources.ts';
import { MINUTE_MS, crashed, fail, ingress, nameOf, peerWebhook } from './changes.ts';
import { CRD, OWN_NAMESPACE } from './doctor-world.ts';
import { ACCOUNT } from './account-faults.ts';
import type { FaultSet } from './fault.ts';
import { INSTALLED } from './installed-faults.ts';

export const FAULT_SETS: FaultSet[] = [
  INSTALLED,
  ACCOUNT,
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
