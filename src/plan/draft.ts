import type { Stack } from '../model/stack.ts';
import type { ObservedLoadBalancer, ObservedSecurityGroup, ObservedStack, ObservedTargetGroup } from './observed.ts';
import type { Ref } from './step.ts';
import { findPredecessors, type Predecessor, type Warmth } from './succession.ts';

/** What the plan of one stack starts from: which of the observed resources stay, chosen once. */
export type Draft = {
  wanted: Stack;
  observed: ObservedStack;
  loadBalancer: ObservedLoadBalancer | undefined;
  securityGroup: ObservedSecurityGroup | undefined;
  /** By id of the model's target group. */
  targetGroups: Map<string, ObservedTargetGroup>;
  /** The old target groups that are still needed beside a new one, by id of the new one. */
  predecessors: Map<string, Predecessor[]>;
  warmth: Warmth;
};

export const STEP = {
  backendSecurityGroup: 'create backend-security-group',
  securityGroup: 'create security-group',
  authorize: 'authorize security-group',
  loadBalancer: 'create load-balancer',
  subnets: 'set-subnets load-balancer',
  targetGroup: (id: string) => `create target-group/${id}`,
  listener: (port: number) => `create listener/${port}`,
} as const;

/** Nothing is known to be healthy: nothing waits. */
const NOTHING_WARM: Warmth = { healthy: new Set() };

/** How the tag of a target group names it. */
export const targetGroupResource = (id: string): string => `target-group/${id}`;

/** AWS names are unique and cannot change, so that a replacement needs another one while the first still lives. */
function namesOf(name: string): string[] {
  const base = name.slice(0, 30).replace(/-+$/, '');
  return [name, ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `${base}-${n}`)];
}

/** `name`, or the next one where `name` is taken. */
export function freeName(name: string, taken: readonly string[]): string {
  return namesOf(name).find((one) => !taken.includes(one)) ?? name;
}

/** Decides which of the observed resources go on as the wanted ones; all others are made anew, and go last. */
export function chooseResources(wanted: Stack, observed: ObservedStack, warmth: Warmth = NOTHING_WARM): Draft {
  const loadBalancer = observed.loadBalancers.find((candidate) => whyReplace(wanted, candidate) === undefined);
  const others = observed.loadBalancers.filter((candidate) => candidate !== loadBalancer).map(({ arn }) => arn);
  const securityGroup = wanted.securityGroup
    ? observed.securityGroups.find((group) => group.vpcId === wanted.vpcId)
    : undefined;
  const targetGroups = chooseTargetGroups(wanted, observed, others);
  const predecessors = findPredecessors({ wanted, observed, loadBalancer, targetGroups }, warmth);
  return { wanted, observed, loadBalancer, securityGroup, targetGroups, predecessors, warmth };
}

/** Why this load balancer cannot become the wanted one (API: scheme, type, name and VPC never change), or undefined. */
export function whyReplace({ loadBalancer, vpcId }: Stack, observed: ObservedLoadBalancer): string | undefined {
  if (observed.type !== 'application') return `the type changes from ${observed.type} to application`;
  if (observed.scheme !== loadBalancer.scheme)
    return `the scheme changes from ${observed.scheme} to ${loadBalancer.scheme}`;
  if (observed.vpcId !== vpcId) return `the VPC changes from ${observed.vpcId} to ${vpcId}`;
  if (observed.state === 'failed') return 'AWS could not set the load balancer up (state failed)';
  return namesOf(loadBalancer.name).includes(observed.name)
    ? undefined
    : `the name changes from ${observed.name} to ${loadBalancer.name}`;
}

/** A target group serves one load balancer only: one that hangs on another load balancer of the stack cannot move. */
function chooseTargetGroups({ targetGroups }: Stack, observed: ObservedStack, otherLoadBalancers: string[]) {
  const chosen = new Map<string, ObservedTargetGroup>();
  for (const wanted of targetGroups) {
    const fits = observed.targetGroups.filter(
      (candidate) =>
        candidate.resource === targetGroupResource(wanted.id) &&
        whyReplaceGroup(wanted, candidate) === undefined &&
        !candidate.loadBalancers.some((arn) => otherLoadBalancers.includes(arn)),
    );
    const best = fits.find((candidate) => candidate.loadBalancers.length > 0) ?? fits[0];
    if (best) chosen.set(wanted.id, best);
  }
  return chosen;
}

/** Why this target group cannot become the wanted one, or undefined. Its port does not count: each target brings its own. */
export function whyReplaceGroup(
  wanted: Stack['targetGroups'][number],
  observed: ObservedTargetGroup,
): string | undefined {
  for (const field of ['targetType', 'protocol', 'protocolVersion', 'ipAddressType'] as const) {
    if (wanted[field] !== observed[field]) return `${field} changes from ${observed[field]} to ${wanted[field]}`;
  }
  return undefined;
}

/** The observed load balancer, or the step that makes it. */
export function loadBalancerRef({ loadBalancer }: Draft): Ref {
  return loadBalancer ? { arn: loadBalancer.arn } : { step: STEP.loadBalancer };
}

/** The observed frontend security group, or the step that makes it. */
export function securityGroupRef({ securityGroup }: Draft): Ref {
  return securityGroup ? { arn: securityGroup.id } : { step: STEP.securityGroup };
}

/** By target group id: the observed one, or the step that makes it. */
export function targetGroupRefs({ wanted, targetGroups }: Draft): Map<string, Ref> {
  return new Map(
    wanted.targetGroups.map(({ id }): [string, Ref] => {
      const observed = targetGroups.get(id);
      return [id, observed ? { arn: observed.arn } : { step: STEP.targetGroup(id) }];
    }),
  );
}

/** Every security group the load balancer is to have. */
export function attachedSecurityGroups(draft: Draft): Ref[] {
  const { wanted, observed } = draft;
  const own: Ref[] = wanted.securityGroup ? [securityGroupRef(draft)] : [];
  const named = wanted.loadBalancer.securityGroups.map((arn): Ref => ({ arn }));
  const backend: Ref = observed.backendSecurityGroup
    ? { arn: observed.backendSecurityGroup }
    : { step: STEP.backendSecurityGroup };
  return [...own, ...named, ...(wanted.loadBalancer.attachBackendSecurityGroup ? [backend] : [])];
}
