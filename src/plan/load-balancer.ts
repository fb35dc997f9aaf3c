import { attachedSecurityGroups, type Draft, freeName, loadBalancerRef, STEP, whyReplace } from './draft.ts';
import { missingEntries, sameSet } from './equality.ts';
import type { ObservedLoadBalancer } from './observed.ts';
import { type Operation, type Ref, type Step, stepsOf } from './step.ts';

const RESOURCE = 'load-balancer';

/** The load balancer itself: created, or changed in place. */
export function planLoadBalancer(draft: Draft): Step[] {
  return draft.loadBalancer ? planChange(draft, draft.loadBalancer) : planNew(draft);
}

function planNew(draft: Draft): Step[] {
  const { name, scheme, ipAddressType, subnets, tags } = draft.wanted.loadBalancer;
  const [old] = draft.observed.loadBalancers;
  const why = old && whyReplace(draft.wanted, old);
  const securityGroups = attachedSecurityGroups(draft);
  const free = freeName(
    name,
    draft.observed.loadBalancers.map((other) => other.name),
  );
  const create: Step = {
    id: STEP.loadBalancer,
    resource: RESOURCE,
    because: why ? `${why}, which AWS cannot change in place` : 'the stack has no load balancer yet',
    impact: why ? 'DNS changes' : 'none',
    needs: stepsOf(securityGroups),
    operation: { do: 'createLoadBalancer', name: free, scheme, ipAddressType, subnets, securityGroups, tags },
  };
  return [create, ...planAttributes(draft, {})];
}

function planChange(draft: Draft, observed: ObservedLoadBalancer): Step[] {
  const subnets = planSubnets(draft, observed);
  return [
    ...subnets,
    ...planSecurityGroups(draft, observed),
    ...planAddressType(draft, observed, subnets),
    ...planAttributes(draft, observed.attributes ?? draft.wanted.loadBalancer.attributes),
  ];
}

function planSubnets(draft: Draft, observed: ObservedLoadBalancer): Step[] {
  const { subnets } = draft.wanted.loadBalancer;
  if (sameSet(subnets, observed.subnets)) return [];
  const because = `the subnets change from ${observed.subnets.join(', ')} to ${subnets.join(', ')}`;
  return [
    change({
      id: STEP.subnets,
      because,
      operation: { do: 'setSubnets', loadBalancer: loadBalancerRef(draft), subnets },
    }),
  ];
}

function planSecurityGroups(draft: Draft, observed: ObservedLoadBalancer): Step[] {
  const wanted = attachedSecurityGroups(draft);
  if (sameSet(wanted.map(nameOf), observed.securityGroups)) return [];
  const operation: Operation = {
    do: 'setSecurityGroups',
    loadBalancer: loadBalancerRef(draft),
    securityGroups: wanted,
  };
  const because = `the security groups change from ${observed.securityGroups.join(', ') || 'none'} to ${wanted.map(nameOf).join(', ')}`;
  return [
    change({
      id: `set-security-groups ${RESOURCE}`,
      because,
      operation,
      needs: [...stepsOf(wanted), ...rulesOfNewGroup(draft)],
    }),
  ];
}

/** A new frontend security group lets nobody in until its rules are there. */
function rulesOfNewGroup({ wanted, securityGroup }: Draft): string[] {
  const rules = securityGroup ? 0 : (wanted.securityGroup?.ingress.length ?? 0);
  return rules > 0 ? [STEP.authorize] : [];
}

function nameOf(ref: Ref): string {
  return 'arn' in ref ? ref.arn : 'a new one';
}

function planAddressType(draft: Draft, observed: ObservedLoadBalancer, subnets: Step[]): Step[] {
  const { ipAddressType } = draft.wanted.loadBalancer;
  if (ipAddressType === observed.ipAddressType) return [];
  const because = `the IP address type changes from ${observed.ipAddressType} to ${ipAddressType}`;
  const operation: Operation = { do: 'setIpAddressType', loadBalancer: loadBalancerRef(draft), ipAddressType };
  return [change({ id: `set-ip-address-type ${RESOURCE}`, because, operation, needs: subnets.map((step) => step.id) })];
}

function planAttributes(draft: Draft, observed: Record<string, string>): Step[] {
  const attributes = missingEntries(draft.wanted.loadBalancer.attributes, observed);
  const keys = Object.keys(attributes);
  if (keys.length === 0) return [];
  const loadBalancer = loadBalancerRef(draft);
  const operation: Operation = { do: 'modifyLoadBalancerAttributes', loadBalancer, attributes };
  const because = `the attributes ${keys.join(', ')} are to be set`;
  return [change({ id: `set-attributes ${RESOURCE}`, because, operation, needs: stepsOf([loadBalancer]) })];
}

function change({
  id,
  because,
  operation,
  needs = [],
}: {
  id: string;
  because: string;
  operation: Operation;
  needs?: string[];
}): Step {
  return { id, resource: RESOURCE, because, impact: 'in place', needs, operation };
}
