import type { Stack } from '../model/stack.ts';
import { chooseResources, targetGroupResource } from '../plan/draft.ts';
import type { ObservedStack } from '../plan/observed.ts';
import type { Ref } from '../plan/step.ts';
import type { Warmth } from '../plan/succession.ts';
import { type Division, divisionsOf } from '../plan/weights.ts';
import type { ApplyResult } from './apply.ts';
import { BACKEND_SECURITY_GROUP } from './account.ts';

export type StackPass = { wanted: Stack; observed: ObservedStack; warmth?: Warmth; result: ApplyResult };
export type StackDescription = {
  /** ARN (id in EC2) by resource id: load balancer, security groups, target groups and listeners. */
  resources: Record<string, string>;
  loadBalancer?: { arn: string; dnsName: string; state: string };
  /** The weights that stand, by ARN; absent where a call failed, since nobody knows them then. */
  weights?: Division<string>[];
};

/** What the stack is made of after a pass: what was there and stayed, and what was created. For the ledger and the status. */
export function describeStack({ wanted, observed, warmth, result }: StackPass): StackDescription {
  const draft = chooseResources(wanted, observed);
  const kept: Record<string, string> = {};
  if (observed.backendSecurityGroup) kept[BACKEND_SECURITY_GROUP] = observed.backendSecurityGroup;
  if (draft.securityGroup) kept['security-group'] = draft.securityGroup.id;
  if (draft.loadBalancer) kept['load-balancer'] = draft.loadBalancer.arn;
  for (const { port, arn } of draft.loadBalancer?.listeners ?? []) {
    if (wanted.listeners.some((listener) => listener.port === port)) kept[`listener/${port}`] = arn;
  }
  for (const [id, { arn }] of draft.targetGroups) kept[targetGroupResource(id)] = arn;
  const created = Object.entries(result.created).filter(([resource]) => !resource.startsWith('rule/'));
  const resources = { ...kept, ...Object.fromEntries(created) };
  const loadBalancer = loadBalancerOf(result, draft.loadBalancer);
  const weights = result.failed.length > 0 ? undefined : divisionsOf(wanted, observed, warmth);
  return {
    resources,
    ...(loadBalancer ? { loadBalancer } : {}),
    ...(weights ? { weights: weights.map((one) => named(one, result)) } : {}),
  };
}

const named = ({ targets, ...rule }: Division<Ref>, { created }: ApplyResult): Division<string> => ({
  ...rule,
  targets: targets.map(({ group, weight }) => ({ group: arnOf(group, created), weight })),
});

/** A step that makes a resource is named after it. */
const arnOf = (group: Ref, created: Record<string, string>): string =>
  'arn' in group ? group.arn : (created[group.step.slice('create '.length)] ?? '');

function loadBalancerOf(
  { created, dnsName = '' }: ApplyResult,
  kept: ObservedStack['loadBalancers'][number] | undefined,
) {
  if (kept) return { arn: kept.arn, dnsName: kept.dnsName, state: kept.state };
  const arn = created['load-balancer'];
  return arn ? { arn, dnsName, state: 'provisioning' } : undefined;
}
