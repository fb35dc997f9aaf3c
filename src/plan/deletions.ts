import type { Draft } from './draft.ts';
import type { ObservedLoadBalancer, ObservedStack } from './observed.ts';
import type { Operation, Step } from './step.ts';
import { ADDRESS_ASKED, finishesInMs, type Predecessor, STILL_FINISHING, SUCCESSOR_COLD } from './succession.ts';

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

function planReplaced(draft: Draft, made: Step[]): Step[] {
  const replaced = draft.observed.loadBalancers.filter((candidate) => candidate !== draft.loadBalancer);
  return replaced.map((old) => {
    const step = deleteLoadBalancer(old, { because: 'another load balancer has taken its place', needs: ids(made) });
    const hold = step.hold ?? whyKeep(draft, old);
    return hold ? { ...step, hold } : step;
  });
}

/** Why a load balancer that is replaced has to serve on, or undefined. */
function whyKeep({ loadBalancer, predecessors, warmth }: Draft, old: ObservedLoadBalancer): string | undefined {
  const serves = loadBalancer?.state === 'active' || loadBalancer?.state === 'active_impaired';
  if (!serves) return 'the load balancer that takes its place is not active yet';
  const used = [...predecessors.values()].flat().some(({ group }) => group.loadBalancers.includes(old.arn));
  if (used) return SUCCESSOR_COLD;
  return warmth.asked?.has(old.arn) ? ADDRESS_ASKED : undefined;
}

function planTargetGroupDeletions(draft: Draft, needs: string[]): Step[] {
  const { observed, targetGroups, predecessors } = draft;
  const kept = new Set(targetGroups.values());
  const needed = new Map([...predecessors.values()].flat().map((old) => [old.group.arn, old]));
  return observed.targetGroups
    .filter((group) => !kept.has(group))
    .map(({ arn, resource }) => {
      const old = needed.get(arn);
      const because = old ? 'another target group takes its place' : 'no rule of the stack forwards to it any more';
      const step = deletion({ resource, arn, because, needs, operation: { do: 'deleteTargetGroup', arn } });
      return { ...step, ...impactOf(draft, old), ...whyKeepGroup(draft, old) };
    });
}

/** What took its place goes on for its targets: they end what they began. */
function impactOf({ warmth }: Draft, old: Predecessor | undefined): Partial<Pick<Step, 'impact'>> {
  const count = (old && warmth.registered?.get(old.group.arn)) ?? 0;
  return count > 0 ? { impact: `drains ${count}` } : {};
}

function whyKeepGroup({ warmth }: Draft, old: Predecessor | undefined): Pick<Step, 'hold' | 'againMs'> {
  if (old === undefined) return {};
  if (old.phase === 'serving') return { hold: SUCCESSOR_COLD };
  const againMs = finishesInMs(old.group, warmth);
  return { hold: STILL_FINISHING, ...(againMs < Infinity && { againMs }) };
}

function planSecurityGroupDeletions({ observed, securityGroup }: Draft, needs: string[]): Step[] {
  return observed.securityGroups
    .filter((group) => group !== securityGroup)
    .map(({ id }) => deleteSecurityGroup(id, 'the load balancer of the stack does not use it any more', needs));
}

/** The one hold that does not end by itself. */
export const PROTECTED =
  'deletion protection is on (deletion_protection.enabled=true): switch it off to have it deleted';

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
