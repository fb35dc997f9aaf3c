import { RESOURCES } from '../../../src/kube/resources.ts';
import {
  MINUTE_MS,
  crashed,
  nameOf,
  peerPod,
  peerWebhook,
  rewriteVersion,
  second,
  setKubelet,
  withoutPatch,
} from './changes.ts';
import { CRD, OWN_NAMESPACE, READY } from './doctor-world.ts';
import type { FaultSet } from './fault.ts';

/** What the chart installs, each part of it. */
export const INSTALLED: FaultSet = {
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
      message: /^v1 lacks the field status\.members; it has no label of a Helm release, so the chart leaves it alone$/,
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
};
