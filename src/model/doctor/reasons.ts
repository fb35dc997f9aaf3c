import type { CheckName } from './checks.ts';

type Row = { check: CheckName; level: 'failure' | 'warning'; cost: string; next: string };

/** Applies the chart again as it was, with what it installs itself: roles, admission, CRDs. */
const UPGRADE = 'helm upgrade {release} {chart} --namespace {namespace} --reuse-values';

/** What doctor can find wrong, with what it costs and the next command; words in braces are filled in. Reasons are stable. */
export const REASONS = {
  SettingsInvalid: {
    check: 'settings',
    level: 'failure',
    cost: 'The operator does not start with these settings, and what needs them is not checked.',
    next: 'podwire config print --effective -o text',
  },
  KubeconfigUnusable: {
    check: 'api-server',
    level: 'failure',
    cost: 'The operator would not find the cluster, and nothing of it is checked.',
    next: 'kubectl config view --minify',
  },
  ApiServerUnreachable: {
    check: 'api-server',
    level: 'failure',
    cost: 'The operator sees no change, and nothing of the cluster is checked.',
    next: 'kubectl get --raw /readyz?verbose',
  },
  ApiServerRefuses: {
    check: 'api-server',
    level: 'failure',
    cost: 'The API server does not know who asks, so that nothing can be read or written.',
    next: 'kubectl auth whoami',
  },
  KubernetesTooOld: {
    check: 'kubernetes',
    level: 'failure',
    cost: 'Before 1.30 there is no preStop sleep: nothing holds a pod while its target drains, and each deploy loses requests.',
    next: 'aws eks update-cluster-version --name {cluster} --kubernetes-version {wanted}',
  },
  KubernetesUntested: {
    check: 'kubernetes',
    level: 'warning',
    cost: 'Nobody has tested this version with this Podwire.',
    next: 'kubectl version',
  },
  KubeletTooOld: {
    check: 'kubernetes',
    level: 'warning',
    cost: 'A kubelet before 1.30 skips the preStop sleep: pods on that node end while requests still come.',
    next: 'kubectl drain {name} --ignore-daemonsets --delete-emptydir-data',
  },
  RightMissing: {
    check: 'api-rights',
    level: 'failure',
    cost: 'Without it this is missing: {why}',
    next: `${UPGRADE} --set rbac.create=true`,
  },
  CrdMissing: {
    check: 'crds',
    level: 'failure',
    cost: 'The operator keeps its records in objects of this kind: it is never ready without it.',
    next: `${UPGRADE} --set crds.install=true`,
  },
  PeerCrdMissing: {
    check: 'crds',
    level: 'warning',
    cost: 'No TargetGroupBinding can be claimed, and classes have no parameters; all else works.',
    next: `${UPGRADE} --set crds.install=true`,
  },
  CrdVersionNotServed: {
    check: 'crds',
    level: 'failure',
    cost: 'The operator asks for that version only: to it the kind is not there.',
    next: `${UPGRADE} --set crds.install=true --take-ownership`,
  },
  CrdLacks: {
    check: 'crds',
    level: 'failure',
    cost: 'The API server drops the fields it does not know and refuses the values: what the operator records is lost.',
    next: `${UPGRADE} --set crds.install=true --take-ownership`,
  },
  CrdStoredVersion: {
    check: 'crds',
    level: 'warning',
    cost: 'Objects of a version that is not served any more cannot be read; an upgrade that takes it away is refused.',
    next: 'kubectl get customresourcedefinition {name} -o jsonpath={.status.storedVersions}',
  },
  ClockSkewed: {
    check: 'clock',
    level: 'warning',
    cost: 'Deadlines of leaving pods are reckoned with the API server’s clock, ages and log lines with this one; AWS refuses what is five minutes off.',
    next: 'chronyc tracking',
  },
  ClockFarSkewed: {
    check: 'clock',
    level: 'failure',
    cost: 'AWS refuses signatures five minutes off, and tokens are taken for expired: nothing is changed any more.',
    next: 'chronyc makestep',
  },
  CredentialsMissing: {
    check: 'credentials',
    level: 'failure',
    cost: 'No call reaches AWS: nothing is made, and no target is registered or deregistered.',
    next: 'aws eks list-pod-identity-associations --cluster-name {cluster} --namespace {namespace}',
  },
  CredentialsExpired: {
    check: 'credentials',
    level: 'failure',
    cost: 'AWS refuses every call: no target is registered or deregistered.',
    next: 'aws sts get-caller-identity',
  },
  CredentialsRefused: {
    check: 'credentials',
    level: 'failure',
    cost: 'AWS refuses every call: no target is registered or deregistered.',
    next: 'aws sts get-caller-identity',
  },
  AwsUnreachable: {
    check: 'credentials',
    level: 'failure',
    cost: 'No call reaches AWS: nothing is made, and no target is registered or deregistered.',
    next: 'curl -sS -o /dev/null -w "%{http_code}\\n" {endpoint}',
  },
  VpcNotFound: {
    check: 'vpc',
    level: 'failure',
    cost: 'No subnet is found, so no load balancer is made.',
    next: 'aws eks describe-cluster --name {cluster} --region {region} --query cluster.resourcesVpcConfig.vpcId',
  },
  NoSubnets: {
    check: 'subnets',
    level: 'failure',
    cost: 'An Ingress with that scheme gets no load balancer unless it names its subnets.',
    next: 'aws ec2 create-tags --region {region} --resources {subnets} --tags Key={tag},Value=1',
  },
} as const satisfies Record<string, Row>;

export type Reason = keyof typeof REASONS;
