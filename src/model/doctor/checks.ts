type Check = { asks: string; wants: string };

/** What doctor looks at, in the order in which it tells of it. */
export const CHECKS = {
  settings: {
    asks: 'flags, environment and config file, as `podwire run` reads them',
    wants: 'no unknown key, no bad value, and every required setting',
  },
  'api-server': { asks: 'kubeconfig, or the pod’s own token, and `/version`', wants: 'an answer' },
  kubernetes: {
    asks: 'the version of the API server and of every kubelet',
    wants: '1.30 to 1.36: preStop sleep needs 1.30, and 1.36 is the newest that is tested',
  },
  'api-rights': {
    asks: 'a SelfSubjectAccessReview for every right of the operator, for the account that doctor runs as',
    wants: 'all of them',
  },
  crds: {
    asks: 'the CustomResourceDefinitions, or where these may not be read discovery and the OpenAPI document',
    wants: 'our version served and stored, with every field and value of our schema',
  },
  injection: {
    asks: 'admission policy and its binding, or webhook configuration, its Secret and its Service',
    wants: 'one of them in force, with a certificate that is trusted and does not expire soon',
  },
  operator: {
    asks: 'pods with the label app.kubernetes.io/name=podwire',
    wants: 'two of one release, all Ready but those that wait for the lease',
  },
  lease: { asks: 'the Lease of the operator, by the clock of the API server', wants: 'a holder that renews it' },
  peer: {
    asks: 'pods and webhooks of the AWS Load Balancer Controller',
    wants: 'none, or one that keeps to its own classes and can answer its webhooks',
  },
  clock: {
    asks: 'the `Date` of answers of the API server and of AWS',
    wants: 'at most 30 seconds away from the clock here',
  },
  credentials: { asks: '`sts:GetCallerIdentity`', wants: 'credentials that AWS takes' },
  vpc: { asks: '`ec2:DescribeVpcs` in the region', wants: 'the VPC of the settings' },
  iam: {
    asks: 'every action of the policy: reading ones by a call that reads nothing, EC2’s others with `DryRun`, the rest by `iam:SimulatePrincipalPolicy`',
    wants: 'every action allowed that the features in use need',
  },
  quotas: {
    asks: '`elasticloadbalancing:DescribeAccountLimits`, load balancers, target groups and targets',
    wants: 'less than 80 % in use',
  },
  subnets: {
    asks: '`ec2:DescribeSubnets`, judged as for a new load balancer of either scheme',
    wants: 'subnets in two zones; every subnet is told with all that keeps it out',
  },
  'security-groups': {
    asks: '`ec2:DescribeSecurityGroups` in the VPC, and the instances behind the nodes',
    wants: 'the groups our load balancers and nodes use, with room for rules',
  },
  objects: {
    asks: 'Ingresses of our classes, LoadBalancer and TargetGroup objects',
    wants: 'Ready, and an address on each Ingress',
  },
  gates: { asks: 'pods with the readiness gate podwire.dev/target-ready', wants: 'open within the gate’s time' },
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof CHECKS;

export const CHECK_NAMES = Object.keys(CHECKS) as CheckName[];
