import type { Account } from '../aws/account.ts';
import type { TargetGroupObject } from '../cluster/objects.ts';
import { buildStack, type StackBuild } from '../model/build.ts';
import { backendKey, type ModelSettings, type StackInput } from '../model/input.ts';
import { networkOf } from '../model/network.ts';
import type { Stack } from '../model/stack.ts';
import type { Addresses } from './addresses.ts';
import type { Fallback, FallbackVerdict } from './fallback.ts';
import { readAttachedSubnets, type StackPass } from './stack-aws.ts';
import type { StackView } from './stack-view.ts';
import type { Succession } from './succession.ts';

/** What decides about a stack besides its view. */
export type DecisionDeps = {
  account: Account;
  fallback: Pick<Fallback, 'decide'>;
  addresses: Pick<Addresses, 'isAsked'>;
  succession: Pick<Succession, 'readinessOf'>;
  settings: ModelSettings & { routableCidrs: string[] };
};

export type Wanted = { input: StackInput; verdict: FallbackVerdict };

/** What the members of a stack ask for, with what the fallback says of their Services. */
export async function readInput(
  view: StackView,
  { account, fallback, settings: { routableCidrs, ...settings } }: DecisionDeps,
): Promise<Wanted> {
  // After a start nothing is asked of AWS for the sake of a stack that was applied before: its groups keep their type.
  const applied = view.ledger?.status.appliedHash !== undefined;
  const facts = applied ? account.facts.knownForStack() : await account.facts.forStack();
  const verdict = fallback.decide(view, facts && networkOf(facts.subnets, routableCidrs));
  const { members, stack: key } = view;
  return { verdict, input: { key, members, cluster: account.cluster, settings, targetTypes: verdict.targetTypes } };
}

/** The stack as its members want it, and whether AWS is to become it: else it keeps what it has. */
export type Decision = { build: StackBuild; act: boolean };

/** Builds the stack from what AWS knows now; costs calls that read. */
export async function decideStack(view: StackView, input: StackInput, account: Account): Promise<Decision> {
  const [facts, attachedSubnets] = await Promise.all([
    account.facts.forStack(),
    readAttachedSubnets(account, view.stack),
  ]);
  const build = buildStack(input, { ...facts, ...(attachedSubnets && { attachedSubnets }) });
  // A stack that cannot be built keeps what it has, unless all it has belongs to Ingresses that have left.
  const wants = build.stack !== undefined || onlyLeavingIsServed(view, build);
  return { build, act: wants && !(attachedSubnets !== undefined && mayLoseMember(view, build)) };
}

// Without the ledger, or with one that cannot be read, there is no last good input: a refused member's rules, which may stand in AWS, would
// be planned away.
function mayLoseMember({ ledger, members: present }: StackView, { members }: StackBuild): boolean {
  const lost = members.filter(({ input }) => input === undefined);
  if (ledger?.status.members === undefined) return lost.length > 0;
  return lost.some(({ namespace, name }) =>
    present.some(
      ({ ingress, unreadGood }) => unreadGood !== undefined && ingress.namespace === namespace && ingress.name === name,
    ),
  );
}

const onlyLeavingIsServed = ({ leaving }: StackView, { problems, members }: StackBuild): boolean =>
  leaving.length > 0 && problems.length === 0 && members.every(({ input }) => input === undefined);

/** What is to be made of AWS, with what is known of the targets; `againMs` is when something of that changes by itself. */
export function passOf(
  view: StackView,
  { wanted, verdict }: { wanted: Stack | undefined; verdict: FallbackVerdict },
  { succession, addresses }: Pick<DecisionDeps, 'succession' | 'addresses'>,
): { pass: StackPass; againMs?: number } {
  const { againMs, ...readiness } = succession.readinessOf(view.objects, (object) => isStranded(object, verdict));
  const isAsked = (dnsName: string): boolean => addresses.isAsked(dnsName, view.members);
  return { pass: { key: view.stack, wanted, ...readiness, isAsked }, ...(againMs !== undefined && { againMs }) };
}

/** Everything of a stack goes. */
export const removalOf = (key: string): StackPass => ({
  key,
  wanted: undefined,
  healthy: new Set(),
  isAsked: () => false,
});

/** Whether it is the fallback of pods none of which can be reached: what serves them until it does goes away. */
const isStranded = ({ namespace, spec }: TargetGroupObject, { stranded }: FallbackVerdict): boolean =>
  spec.targetType === 'instance' &&
  'number' in spec.service.port &&
  stranded.has(backendKey(namespace, spec.service.name, spec.service.port.number));
