import type { Stack } from '../../src/model/stack.ts';
import { resolveActions } from '../../src/plan/equality.ts';
import type { ObservedAction, ObservedStack } from '../../src/plan/observed.ts';
import { RULE_DESCRIPTION } from '../../src/plan/security-groups.ts';
import type { PlannedAction, Ref } from '../../src/plan/step.ts';

const BACKEND = 'sg-backend';

/** What AWS would have if the stack had been applied: ARNs are resource ids with `mark` in front. */
export function observedAs(stack: Stack, mark = 'old'): ObservedStack {
  const arn = (resource: string) => `${mark}:${resource}`;
  const groups = new Map(stack.targetGroups.map(({ id }): [string, Ref] => [id, { arn: arn(`target-group/${id}`) }]));
  const actions = (of: Parameters<typeof resolveActions>[0]) => resolveActions(of, groups).map(asObserved);
  const { loadBalancer } = stack;
  return {
    key: stack.key,
    backendSecurityGroup: BACKEND,
    loadBalancers: [
      {
        ...loadBalancer,
        arn: arn('load-balancer'),
        dnsName: `${loadBalancer.name}.example`,
        vpcId: stack.vpcId,
        type: 'application',
        state: 'active',
        securityGroups: [
          ...(stack.securityGroup ? [arn('security-group')] : []),
          ...loadBalancer.securityGroups,
          ...(loadBalancer.attachBackendSecurityGroup ? [BACKEND] : []),
        ],
        listeners: stack.listeners.map(({ port, protocol, sslPolicy, certificates, defaultActions, rules }) => ({
          arn: arn(`listener/${port}`),
          port,
          protocol,
          ...(sslPolicy ? { sslPolicy } : {}),
          certificates,
          defaultActions: actions(defaultActions),
          rules: rules.map(({ priority, conditions, actions: own }) => ({
            arn: arn(`rule/${port}/${priority}`),
            priority,
            conditions,
            actions: actions(own),
          })),
        })),
      },
    ],
    securityGroups: stack.securityGroup
      ? [
          {
            id: arn('security-group'),
            name: stack.securityGroup.name,
            vpcId: stack.vpcId,
            ingress: stack.securityGroup.ingress.map(({ port, cidr }) => ({
              fromPort: port,
              toPort: port,
              cidr,
              description: RULE_DESCRIPTION,
            })),
            tags: stack.securityGroup.tags,
          },
        ]
      : [],
    targetGroups: stack.targetGroups.map((group) => ({
      ...group,
      arn: arn(`target-group/${group.id}`),
      vpcId: stack.vpcId,
      resource: `target-group/${group.id}`,
      loadBalancers: [arn('load-balancer')],
    })),
  };
}

function asObserved(action: PlannedAction): ObservedAction {
  if (action.type !== 'forward') return action;
  return {
    ...action,
    targets: action.targets.map(({ group, weight }) => ({ group: 'arn' in group ? group.arn : group.step, weight })),
  };
}
