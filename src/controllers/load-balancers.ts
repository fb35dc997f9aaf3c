import type { Account } from '../aws/account.ts';
import { Gone, NotLeader, toError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { ingressFinalizer } from '../model/group.ts';
import { hashInput, type Member, type ModelSettings } from '../model/input.ts';
import type { Stack } from '../model/stack.ts';
import type { Step } from '../plan/step.ts';
import { STILL_FINISHING } from '../plan/succession.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Outcome } from '../runtime/workqueue.ts';
import { type Addresses, withdrawAddresses } from './addresses.ts';
import { announceStack } from './announcement.ts';
import type { Fallback, FallbackVerdict } from './fallback.ts';
import { holdMembers, releaseLeaving, type Unheld } from './finalizers.ts';
import { deleteLedger, ensureLedger, ledgerName, writeLedger } from './ledger.ts';
import type { Membership } from './membership.ts';
import { convergeAws, type StackResult } from './stack-aws.ts';
import { decideStack, passOf, readInput, removalOf, type Wanted } from './stack-decision.ts';
import { statusAfter, statusOfFailure, statusOfRemoval, statusOfSettled } from './stack-status.ts';
import type { Moves } from './moves.ts';
import { type StackCluster, type StackView, viewStack } from './stack-view.ts';
import type { Succession } from './succession.ts';
import { deleteObject, linkGroup } from './target-group-objects.ts';
import { tellFallback, tellMembers, tellResult, tellStop, tellUnheld, type WriteEvent } from './telling.ts';
import { refuseUnread } from './unread.ts';

export type LoadBalancersDeps = {
  controllerId: string;
  cluster: StackCluster;
  membership: Membership;
  fallback: Fallback;
  addresses: Addresses;
  succession: Succession;
  moves: Moves;
  kube: KubeApi;
  account: Account;
  /** The same, with calls that give way to all others: for a stack that is only to be compared. */
  sweepAccount: Account;
  clock: Clock;
  settings: ModelSettings & { routableCidrs: string[] };
  writeEvent: WriteEvent;
  /** Stacks to be compared with AWS though nothing of theirs changed; a pass that did so takes its stack out. */
  unverified: Set<string>;
  /** Called when nothing is left of a stack. */
  onRemoved(stack: string): void;
};

/** How long a step that was held back waits before it is looked at again. */
const HELD_MS = 30_000;
const MOVED_AGAIN_MS = 1_000;
/** How often it is asked whether a member that has moved is still to be served. */
const LINGER_MS = 5_000;
/** How long a pass waits for its own writes, and how often it looks. */
const SEEN_MS = 500;
const SEEN_EVERY_MS = 10;

/**
 * One pass over one stack: what its Ingresses want, against what stands in AWS. With nothing changed since the last pass it
 * makes no call to AWS. A crash anywhere in it converges on the next one: all that stands in AWS carries its tags from the first moment.
 */
export async function reconcileLoadBalancer(stack: string, deps: LoadBalancersDeps): Promise<Outcome> {
  const found = viewStack(stack, deps);
  await refuseUnread(found, deps.cluster, deps.kube);
  if (found.members.length === 0) return removeStack(found, deps);
  const unheld = await holdMembers(deps, found.members);
  tellUnheld(deps, unheld);
  const view = withoutNew(found, unheld);
  const outcome = view.members.length > 0 ? await serveMembers(view, deps) : undefined;
  throwUnheld(unheld);
  return outcome;
}

/** The members of a stack as far as they are held; one that was served before stays, whatever befell its finalizer. */
function withoutNew(view: StackView, unheld: Unheld[]): StackView {
  const served = new Set((view.ledger?.status.members ?? []).map(({ uid }) => uid));
  const left = new Set(unheld.map(({ ingress }) => ingress.uid).filter((uid) => !served.has(uid)));
  return { ...view, members: view.members.filter(({ ingress }) => !left.has(ingress.uid)) };
}

async function serveMembers(view: StackView, deps: LoadBalancersDeps): Promise<Outcome> {
  const own = { ...view, members: view.members.filter(({ frozen }) => frozen === undefined) };
  const tell = (error: unknown): never => tellStop(deps.writeEvent, own, error);
  const tellFailure = (error: unknown) => recordFailure(view, error, deps).then(() => tell(error));
  const { input, verdict } = await readInput(view, deps).catch(tellFailure);
  tellFallback(deps.writeEvent, own, verdict);
  const hash = hashInput(input);
  const unchanged = isSettled(view, hash, deps);
  const settled = unchanged && !deps.unverified.has(view.stack);
  const account = unchanged ? deps.sweepAccount : deps.account;
  const converging = settled ? undefined : convergeStack(view, { input, verdict }, { ...deps, account });
  // What was applied still stands where it is only compared: nothing is taken back for a read that failed.
  const result = await converging?.catch(unchanged ? tell : tellFailure);
  if (settled) await tellSettled(view, deps);
  const addressAgain = await announceStack(own, result, deps);
  const lingers = own.members.length < view.members.length;
  if (result !== undefined) throwFirst(result);
  return soonest([verdict.recheckAfterMs, result && heldAgain(result), addressAgain, lingers ? LINGER_MS : undefined]);
}

const ledgerOf = ({ stack, ledger: known }: StackView, { controllerId }: Pick<LoadBalancersDeps, 'controllerId'>) => ({
  stack,
  known,
  controllerId,
});

/** Puts on record that a change waits, and what for; the pass fails with its own error, whatever becomes of the record. */
async function recordFailure(view: StackView, thrown: unknown, deps: LoadBalancersDeps): Promise<void> {
  if (thrown instanceof NotLeader) return;
  const status = statusOfFailure(view, toError(thrown), new Date(deps.clock.now()).toISOString());
  deps.unverified.add(view.stack); // what is wanted may become what was applied before, and the record says otherwise
  await writeLedger(deps.kube, ledgerOf(view, deps), status).catch(() => undefined);
}

/** With nothing to do in AWS: who has left, and how many groups have a healthy target. */
async function tellSettled(view: StackView, deps: LoadBalancersDeps): Promise<void> {
  const status = statusOfSettled(view, new Date(deps.clock.now()).toISOString());
  if (status !== undefined) await writeLedger(deps.kube, ledgerOf(view, deps), status);
}

/** When what was held back is looked at again. A move that was just made is noted, and its time is known one pass later. */
function heldAgain({ held, againMs }: StackResult): number | undefined {
  if (held.length === 0) return undefined;
  const waits = held.map(({ hold, againMs: own }) => own ?? (hold === STILL_FINISHING ? MOVED_AGAIN_MS : HELD_MS));
  return Math.max(1, Math.min(...waits, againMs ?? Infinity));
}

function soonest(waits: (number | undefined)[]): Outcome {
  const again = Math.min(...waits.map((wait) => wait ?? Infinity));
  return again === Infinity ? undefined : { again };
}

/** Nothing decides differently than at the last pass that went through, and what that pass left in the cluster is still there. */
function isSettled(view: StackView, hash: string, { controllerId }: Pick<LoadBalancersDeps, 'controllerId'>): boolean {
  const { appliedHash, resources = {} } = view.ledger?.status ?? {};
  if (appliedHash !== hash || view.leaving.length > 0) return false;
  if (!view.members.every((member) => isHeld(member, view.ledger, ingressFinalizer(controllerId)))) return false;
  const arns = Object.entries(resources).flatMap(([id, arn]) => (id.startsWith('target-group/') ? [arn] : []));
  const linked = new Set(view.objects.map(({ spec }) => spec.arn));
  return arns.length === view.objects.length && arns.every((arn) => linked.has(arn));
}

// An Ingress that was deleted and made again is another one, though it says the same.
const isHeld = ({ ingress }: Member, ledger: StackView['ledger'], finalizer: string): boolean =>
  ingress.finalizers.includes(finalizer) && (ledger?.status.members ?? []).some(({ uid }) => uid === ingress.uid);

async function convergeStack(view: StackView, pass: Wanted, deps: LoadBalancersDeps): Promise<StackResult | undefined> {
  const { account } = deps;
  if (view.ledger === undefined) await ensureLedger(deps.kube, ledgerOf(view, deps));
  const { build, act } = await decideStack(view, pass.input, account);
  tellMembers(deps.writeEvent, view, build);
  if (act) deps.unverified.add(view.stack); // what is recorded holds no more, until it is written anew
  const result = act ? await applyStack(view, { wanted: build.stack, verdict: pass.verdict }, deps) : undefined;
  const status = statusAfter(
    { ...pass, view, build, ...(result && { result }) },
    new Date(deps.clock.now()).toISOString(),
  );
  await writeLedger(deps.kube, ledgerOf(view, deps), status);
  if (result === undefined) return undefined;
  tellResult(deps.writeEvent, view, result);
  if (result.failed.length > 0) return result;
  deps.unverified.delete(view.stack);
  await releaseLeaving(deps, view);
  if (status.appliedHash !== undefined) await untilSeen(view.stack, status.appliedHash, deps);
  return result;
}

/** What we wrote comes back with the watches a moment later: a pass before that would take it for undone, and read AWS. */
async function untilSeen(stack: string, hash: string, deps: LoadBalancersDeps) {
  const { unverified, clock } = deps;
  const until = clock.monotonic() + SEEN_MS;
  const isSeen = () => isSettled(viewStack(stack, deps), hash, deps) && !unverified.has(stack);
  while (!isSeen() && clock.monotonic() < until) await clock.sleep(SEEN_EVERY_MS);
}

type Decided = { wanted: Stack | undefined; verdict: FallbackVerdict };

async function applyStack(
  view: StackView,
  { wanted, verdict }: Decided,
  deps: LoadBalancersDeps,
): Promise<StackResult> {
  const early: Promise<void>[] = [];
  const { pass, againMs } = passOf(view, { wanted, verdict }, deps);
  const result = await convergeAws(deps.account, pass, (id, arn, backend) => {
    // The targets lane can register before there is a load balancer. Written again below, where an error counts.
    if (wanted === undefined) return;
    early.push(linkGroup({ stack: wanted, id, arn, backend }, view.objects, deps).catch(() => undefined));
  });
  deps.succession.note(result);
  await Promise.all(early);
  if (wanted !== undefined) await linkGroups(wanted, result, { view, deps });
  return { ...result, ...(againMs !== undefined && { againMs }) };
}

type Pass = { view: StackView; deps: LoadBalancersDeps };

async function linkGroups(stack: Stack, result: StackResult, { view, deps }: Pass): Promise<void> {
  const { resources, failed, held, skipped } = result;
  const backend = resources['backend-security-group'];
  const groups = stack.targetGroups.flatMap(({ id }) => {
    const arn = resources[`target-group/${id}`];
    return arn === undefined ? [] : [{ stack, id, arn, backend }];
  });
  const objects = deps.cluster.targetGroupsOf(ledgerName(stack.key, deps.controllerId));
  await Promise.all(groups.map((group) => linkGroup(group, objects, deps)));
  if (failed.length > 0) return; // an old group may still be in use
  const kept = new Set([...groups.map(({ arn }) => arn), ...[...held, ...skipped].flatMap(arnOf)]);
  const stale = view.objects.filter(({ spec }) => !kept.has(spec.arn));
  await Promise.all(stale.map((object) => deleteObject(deps.kube, object)));
  deps.succession.forget(stale.map(({ spec }) => spec.arn));
}

// A group whose removal is held back, or waits for one that is, still serves: its targets are still to be kept.
const arnOf = ({ operation }: Step): string[] => ('arn' in operation ? [operation.arn] : []);

/** The last member has left: everything goes, the finalizers at the very end. */
async function removeStack(view: StackView, deps: LoadBalancersDeps): Promise<Outcome> {
  const { stack, ledger, leaving, objects } = view;
  if (!ledger && leaving.length + objects.length === 0 && !deps.unverified.has(stack)) return undefined;
  deps.unverified.add(stack); // should its Ingress come back halfway, nothing that was recorded holds any more
  const result = await convergeAws(deps.account, removalOf(stack), () => undefined);
  tellResult(deps.writeEvent, view, result);
  if (ledger && result.failed.length + result.held.length > 0)
    await writeLedger(deps.kube, ledgerOf(view, deps), statusOfRemoval(ledger, result, deps.clock.now()));
  throwFirst(result);
  if (result.held.length > 0) return { again: HELD_MS };
  await Promise.all(objects.map((object) => deleteObject(deps.kube, object)));
  // Those too that have left for another stack, and are not served there yet or never will be.
  await withdrawAddresses(
    deps.kube,
    deps.cluster.ingresses(),
    new Set(ledger?.status.dnsName ? [ledger.status.dnsName] : []),
  );
  deps.succession.forget(objects.map(({ spec }) => spec.arn));
  await deleteLedger(deps.kube, ledgerOf(view, deps));
  await releaseLeaving(deps, view);
  deps.unverified.delete(stack);
  deps.addresses.forget(stack);
  deps.onRemoved(stack);
}

/** The queue tries again as the error says; a throttle or a wait is told apart from a failure there. */
function throwFirst({ failed }: StackResult): void {
  const [first] = failed;
  if (first !== undefined) throw first.error;
}

/** One that goes this moment is told of by its watch. */
function throwUnheld(unheld: Unheld[]): void {
  const failed = unheld.find(({ error }) => !(error instanceof Gone));
  if (failed !== undefined) throw failed.error;
}
