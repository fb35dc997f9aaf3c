import type { Values } from './helm.ts';

type Combination = { values: Values; kubeVersion: string };

const INJECTION: Values[] = [[], ['injection=webhook'], ['injection=off', 'strict=true']];
const IDENTITY: Values[] = [
  [],
  ['identity.type=irsa', 'identity.roleArn=arn:aws:iam::123456789012:role/podwire'],
  ['identity.type=environment', 'identity.secretName=aws'],
  ['serviceAccount.create=false', 'serviceAccount.name=mine', 'rbac.create=false'],
  ['extraEnv[0].name=AWS_REGION', 'extraEnv[0].value=eu-west-2', 'extraArgs[0]=--log-level=debug'],
];
const REST: Values[] = [
  ['replicaCount=1', 'hostNetwork=true', 'ports.webhook=10443', 'crds.install=false'],
  [
    'networkPolicy.enabled=true',
    'monitoring.podMonitor.enabled=true',
    'monitoring.serviceMonitor.enabled=true',
    'monitoring.prometheusRule.enabled=true',
    'monitoring.dashboard.enabled=true',
    'config.defaultTags.team=web',
    'uninstall.force=true',
    `image.digest=sha256:${'0'.repeat(64)}`,
    'commonLabels.team=web',
  ],
];

/** Thirty combinations: each way of injection with each identity, with little and with everything else. */
export const COMBINATIONS: readonly Combination[] = INJECTION.flatMap((injection) =>
  IDENTITY.flatMap((identity) =>
    REST.map((rest, index) => ({
      values: [...injection, ...identity, ...rest],
      kubeVersion: index === 0 ? '1.36.0' : '1.30.0',
    })),
  ),
);
