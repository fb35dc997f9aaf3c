import type { ReasonRow } from './row.ts';

/** What can be wrong in AWS, and with the clocks. */
export const AWS_REASONS = {
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
    next: 'curl -sSI {endpoint}',
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
  ActionDenied: {
    check: 'iam',
    level: 'failure',
    cost: 'Without it this is missing: {why}',
    next: 'podwire iam --cluster-name {cluster} --region {region} --vpc-id {vpc} > policy.json',
  },
  QuotaFull: {
    check: 'quotas',
    level: 'failure',
    cost: 'AWS refuses the next one: a new Ingress is not served, or a pod that becomes ready is no target.',
    next: 'aws service-quotas list-service-quotas --service-code elasticloadbalancing --region {region}',
  },
  QuotaNearlyFull: {
    check: 'quotas',
    level: 'warning',
    cost: 'A few more and AWS refuses: a rollout has old and new pods as targets at once.',
    next: 'aws service-quotas list-service-quotas --service-code elasticloadbalancing --region {region}',
  },
  NoSecurityGroup: {
    check: 'security-groups',
    level: 'warning',
    cost: 'No rule can be opened toward that node: targets on it stay unhealthy unless something else admits the load balancers.',
    next: 'kubectl get node {name} -o jsonpath={.spec.providerID}',
  },
  AmbiguousSecurityGroup: {
    check: 'security-groups',
    level: 'warning',
    cost: 'It cannot be told in which group to open rules: targets on that node stay unhealthy unless something else admits the load balancers.',
    next: 'aws ec2 create-tags --region {region} --resources {group} --tags Key=kubernetes.io/cluster/{cluster},Value=owned',
  },
  SecurityGroupCrowded: {
    check: 'security-groups',
    level: 'warning',
    cost: 'A security group has sixty rules for inbound traffic unless the quota was raised: more ports of pods cannot be opened.',
    next: 'aws service-quotas get-service-quota --service-code vpc --quota-code L-0EA8095F --region {region}',
  },
} as const satisfies Record<string, ReasonRow>;
