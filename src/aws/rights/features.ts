/** What somebody may leave out of the policy because the cluster does not use it. */
export const FEATURES = {
  core: {
    usual: true,
    about: 'Finding subnets, security groups and what the cluster owns; always part of the policy.',
  },
  targets: { usual: true, about: 'Registering pods and nodes with the target groups of this cluster.' },
  'load-balancers': { usual: true, about: 'Load balancers, listeners, rules and target groups made from Ingresses.' },
  certificates: { usual: true, about: 'More than one certificate at an HTTPS listener.' },
  'security-groups': { usual: true, about: 'Security groups for load balancers, where no Ingress names its own.' },
  'node-access': {
    usual: true,
    about: 'Rules that admit the load balancers in the security groups of nodes and pods.',
  },
  bindings: {
    usual: false,
    about: 'Claimed TargetGroupBindings: targets of groups that were made by hand and carry no tag of a cluster.',
  },
  'hand-made-rules': {
    usual: false,
    about:
      'Putting back listeners and rules that somebody added by hand to a load balancer of this cluster. They carry no tag of a cluster, nor do those of anybody else.',
  },
  explain: { usual: false, about: 'What `podwire explain` reads beyond that. The operator itself has no need of it.' },
  doctor: {
    usual: false,
    about:
      'What `podwire doctor` reads beyond that: quotas. Whoever runs it may be let simulate the policy too, `iam:SimulatePrincipalPolicy` on the role.',
  },
} as const satisfies Record<string, { usual: boolean; about: string }>;

export type Feature = keyof typeof FEATURES;

export const FEATURE_NAMES = Object.keys(FEATURES) as Feature[];

/** What the policy has when nothing is asked for. */
export const USUAL_FEATURES: readonly Feature[] = FEATURE_NAMES.filter((name) => FEATURES[name].usual);
