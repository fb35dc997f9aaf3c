import type { Draft } from './draft.ts';
import type { ObservedLoadBalancer, ObservedStack } from './observed.ts';
import type { Operation, Step } from './step.ts';

/** What goes when the whole stack goes. The load balancer takes its listeners and rules with it. */
export function planRemoval(observed: ObservedStack): Step[] {
  const because = 'nothing asks for this stack any more';
  const loadBalancers = observed.loadBalancers.map((loadBalancer) =>
    deleteLoadBalancer(loadBalancer, { because, needs: [] }),
  );
  const needs = ids(loadBalancers);
  const groups = observed.targetGroups.map(({ arn, resource }) =>
    deletion({ resource, arn, because, needs, operation: { do: 'deleteTargetGroup', arn } }),
  );
  return [
    ...loadBalancers,
    ...groups,
    ...observed.securityGroups.map(({ id }) => deleteSecurityGroup(id, because, needs)),
  ];
}

/** What the wanted stack has no use for, children first, after every other step it depends on. */
export function planDeletions(draft: Draft, made: Step[]): Step[] {
  const listeners = planListenerDeletions(draft, made);
  const loadBalancers = planReplaced(draft, [...made, ...listeners]);
  const before = ids([...made, ...listeners, ...loadBalancers]);
  return [
    ...listeners,
    ...loadBalancers,
    ...planTargetGroupDeletions(draft, before),
    ...planSecurityGroupDeletions(draft, before),
  ];
}

const ids = (steps: Step[]): string[] => steps.map((step) => step.id);

function planListenerDeletions({ wanted, loadBalancer }: Draft, made: Step[]): Step[] {
  const surplus = (loadBalancer?.listeners ?? []).filter(
    ({ port }) => !wanted.listeners.some((listener) => listener.port === port),
  );
  const needs = ids(made);
  return surplus.map(({ arn, port }) =>
    deletion({
      resource: `listener/${port}`,
      arn,
      because: `no Ingress of the stack asks for port ${port} any more`,
      needs,
      operation: { do: 'deleteListener', arn },
    }),
  );
}

function planReplaced({ observed, loadBalancer }: Draft, made: Step[]): Step[] {
  const replaced = observed.loadBalancers.filter((candidate) => candidate !== loadBalancer);
  const serving = loadBalancer?.state === 'active' || loadBalancer?.state === 'active_impaired';
  return replaced.map((old) => {
    const step = deleteLoadBalancer(old, { because: 'another load balancer has taken its place', needs: ids(made) });
    return serving || step.hold ? step : { ...step, hold: 'the load balancer that takes its place is not active yet' };
  });
}

function planTargetGroupDeletions({ observed, targetGroups }: Draft, needs: string[]): Step[] {
  const kept = new Set(targetGroups.values());
  return observed.targetGroups
    .filter((group) => !kept.has(group))
    .map(({ arn, resource }) =>
      deletion({
        resource,
        arn,
        because: 'no rule of the stack forwards to it any more',
        needs,
        operation: { do: 'deleteTargetGroup', arn },
      }),
    );
}

function planSecurityGroupDeletions({ observed, securityGroup }: Draft, needs: string[]): Step[] {
  return observed.securityGroups
    .filter((group) => group !== securityGroup)
    .map(({ id }) => deleteSecurityGroup(id, 'the load balancer of the stack does not use it any more', needs));
}

const PROTECTED = 'deletion protection is on (deletion_protection.enabled=true): switch it off to have it deleted';

function deleteLoadBalancer(
  { arn, attributes }: ObservedLoadBalancer,
  { because, needs }: Pick<Step, 'because' | 'needs'>,
): Step {
  const operation: Operation = { do: 'deleteLoadBalancer', arn };
  const step = deletion({ resource: 'load-balancer', arn, because, needs, operation });
  return attributes?.['deletion_protection.enabled'] === 'true' ? { ...step, hold: PROTECTED } : step;
}

function deleteSecurityGroup(id: string, because: string, needs: string[]): Step {
  return deletion({
    resource: 'security-group',
    arn: id,
    because,
    needs,
    operation: { do: 'deleteSecurityGroup', id },
  });
}

type Deletion = Pick<Step, 'resource' | 'because' | 'needs' | 'operation'> & { arn: string };

function deletion({ resource, arn, because, needs, operation }: Deletion): Step {
  return { id: `delete ${resource} ${arn}`, resource, because, impact: 'deletes', needs, operation };
}
