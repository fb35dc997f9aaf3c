import { CAPABILITIES, can, type Capability, type Measured } from './capabilities.ts';

/** Something an endpoint does otherwise than AWS. What AWS does, and where that is written, stands with the capability. */
export type Deviation = { endpoint: string; capability: Capability; what: string };

const of = (endpoint: string, rows: Partial<Record<Capability, string>>): Deviation[] =>
  Object.entries(rows).map(([capability, what]) => ({ endpoint, capability: capability as Capability, what }));

/** Every known deviation of the endpoints that the suite always runs against. One that is no longer there fails the suite. */
export const DEVIATIONS: readonly Deviation[] = [
  ...of('local AWS', {
    networks: 'makes VPCs and subnets and cannot delete them',
    wafv2: 'is not served',
    shield: 'is not served',
    trustStores: 'are not served',
  }),
  ...of('moto', {
    trustStores: 'answers 500 with a page of HTML',
    throttling: 'never throttles',
    dataPlane: 'listeners open no port',
    duplicateNames: 'makes a second load balancer of the same name',
    consistentErrors: 'DescribeTags and DescribeLoadBalancers leave out what is not there',
    deletionProtection: 'deletes a protected load balancer',
    allAttributes: 'lists four attributes and those that were set',
    oneListenerPerPort: 'makes a second listener on the same port',
    ruleOrder: 'answers in the order of creation',
    prioritySwap: 'answers PriorityInUse to a swap',
    regexConditions: 'answers 500 with a page of HTML',
    certificateList: 'lists a certificate twice, and forgets all others with a new default one',
    groupDependency: 'deletes a security group that is in use',
    healthTransitions: 'every target is healthy at once, used or not',
    draining: 'a deregistered target is gone at once',
    portKeyed: 'a second port replaces the first',
    targetChecks: 'takes instances that do not exist, and they are healthy',
    deregisterUnknown: 'answers InvalidTarget, with the targets before it gone',
    longDelay: 'refuses 3600',
    grpcMatcher: 'keeps the codes there were',
    releasedGroups: 'names a load balancer once an action, and for ever',
  }),
];

export const deviationOf = (endpoint: string, capability: Capability): Deviation | undefined =>
  DEVIATIONS.find((each) => each.endpoint === endpoint && each.capability === capability);

/** What is wrong with the table, by what was measured; undefined where they agree. */
export function complaintOf(endpoint: string, capability: Capability, measured: Measured): string | undefined {
  const known = deviationOf(endpoint, capability);
  const asAws = can(measured, capability);
  if (asAws === (known === undefined)) return undefined;
  if (known) return `${endpoint} is said to deviate (${known.what}) and does not: take the line out of deviations.ts`;
  const { aws, source } = CAPABILITIES[capability];
  return `${endpoint} deviates (${measured[capability]}). AWS: ${aws} (${source})`;
}
