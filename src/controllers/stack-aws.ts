import type { Account } from '../aws/account.ts';
import { applySteps } from '../aws/apply.ts';
import { describeStack } from '../aws/describe-stack.ts';
import { observeStack } from '../aws/observe.ts';
import { Gone } from '../errors.ts';
import type { Stack } from '../model/stack.ts';
import type { ObservedStack } from '../plan/observed.ts';
import { planStack } from '../plan/stack.ts';
import type { Step } from '../plan/step.ts';
import type { Warmth } from '../plan/succession.ts';
import type { Division } from '../plan/weights.ts';

/** How one stack stands in AWS after a pass, and what of the plan is not done. */
export type StackResult = {
  steps: Step[];
  /** ARN (id in EC2) by resource id, of all that stands now. */
  resources: Record<string, string>;
  loadBalancer?: { arn: string; dnsName: string; state: string };
  /** The weights that stand, by ARN; absent where they are not known. */
  weights?: Division<string>[];
  failed: { step: Step; error: Error }[];
  held: Step[];
  /** Not tried, since a step they need was not done. */
  skipped: Step[];
  /** When a successor that is waited for may be ready, in milliseconds. */
  againMs?: number;
};

/** Hears of every target group as soon as it has an ARN, before the load balancer that will use it exists. */
export type OnTargetGroup = (id: string, arn: string, backendSecurityGroup: string | undefined) => void;

/**
 * Besides what decides when a target group takes another one's place, `isAsked`: whether clients may still ask for an
 * address; a load balancer is replaced only when they do not.
 */
export type StackPass = Omit<Warmth, 'asked'> & {
  key: string;
  wanted: Stack | undefined;
  isAsked: (dnsName: string) => boolean;
};

/** What AWS has of a stack, and what is to be done about it. */
export type StackPlan = { steps: Step[]; observed: ObservedStack; warmth: Warmth };

/** Compares what AWS has of a stack with what the stack says; costs calls that read. With `undefined`, everything is to go. */
export async function planAws(account: Account, pass: StackPass): Promise<StackPlan> {
  const { key, wanted, isAsked, ...warmth } = pass;
  const observed = await observeStack(account, key, wanted);
  const asked = new Set(observed.loadBalancers.flatMap(({ arn, dnsName }) => (isAsked(dnsName) ? [arn] : [])));
  const timed = { ...warmth, asked };
  return { steps: planStack(wanted, observed, timed), observed, warmth: timed };
}

/** Makes AWS what the stack says; with `undefined`, removes all that carries the stack's tags. */
export async function convergeAws(
  account: Account,
  pass: StackPass,
  onTargetGroup: OnTargetGroup,
): Promise<StackResult> {
  const { wanted } = pass;
  const { steps, observed, warmth } = await planAws(account, pass);
  let backend = observed.backendSecurityGroup;
  const onCreated = (resource: string, arn: string): void => {
    if (resource === 'backend-security-group') backend = arn;
    if (resource.startsWith('target-group/')) onTargetGroup(resource.slice('target-group/'.length), arn, backend);
  };
  const result = await applySteps(account, steps, { onCreated });
  const made = wanted === undefined ? { resources: {} } : describeStack({ wanted, observed, warmth, result });
  return { steps, failed: result.failed, held: result.held, skipped: result.skipped, ...made };
}

/** Subnets of the stack's load balancer; undefined, and without a call, where it has none yet. */
export async function readAttachedSubnets(account: Account, stack: string): Promise<string[] | undefined> {
  const owned = (await account.inventory.stack(stack)).filter(({ kind }) => kind === 'load-balancer');
  const found = await Promise.all(owned.map(({ arn }) => readLoadBalancer(account, arn)));
  if (found.every((one) => one === undefined)) return undefined;
  return found.flatMap((one) => (one?.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []));
}

/** One that was deleted behind our back is told to the inventory: else every pass over its stack would end here. */
export async function readLoadBalancer({ elb, inventory }: Account, arn: string) {
  try {
    return (await elb.describeLoadBalancers({ LoadBalancerArns: [arn] })).LoadBalancers?.[0];
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    inventory.deleted(arn);
    return undefined;
  }
}
