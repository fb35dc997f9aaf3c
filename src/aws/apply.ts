import { Gone, Invalid, Retry } from '../errors.ts';
import {
  type Destructive,
  groupsOf,
  isDestructive,
  type Operation,
  type PlannedAction,
  type Ref,
  type Step,
} from '../plan/step.ts';
import type { Account } from './account.ts';
import { createGuard, type Guard } from './apply/guard.ts';
import { LISTENER_OPERATIONS } from './apply/listener.ts';
import { LOAD_BALANCER_OPERATIONS } from './apply/load-balancer.ts';
import { RULE_OPERATIONS } from './apply/rule.ts';
import type { CarryOut, Made, Operations, Run } from './apply/run.ts';
import { SECURITY_GROUP_OPERATIONS } from './apply/security-group.ts';
import { TAG_OPERATIONS } from './apply/tags.ts';
import { TARGET_GROUP_OPERATIONS } from './apply/target-group.ts';
import { isAmbiguous } from './errors.ts';

/*
 * One pass over one stack, as a controller does it:
 *
 *   const budget = new Budget({ clock, onCall });
 *   const account = createAccount({ elb: budget.elb(createElbApi(s)), ec2: budget.ec2(createEc2Api(s)), clock, cluster, vpcId });
 *
 *   const facts = await account.facts.forStack();          // 0 calls when warm
 *   const wanted = …the model, from the cluster and the facts; undefined when the stack is to go
 *   const observed = await observeStack(account, key, wanted); // 0 calls for a stack that has nothing yet
 *   const steps = planStack(wanted, observed);             // pure; printPlan(steps) is what people read
 *   const result = await applySteps(account, steps, { onCreated: (resource, arn) => … });
 *   const { resources, loadBalancer } = describeStack({ wanted, observed, result }); // for the ledger
 *
 * Nothing failed, nothing held: done. Something held: look again after a while. Something failed: `result.failed[].error`
 * is of the closed set of `errors.ts` (Retry for the queue, Invalid and Denied for a condition).
 */

export type ApplyOptions = {
  /** Called as soon as a resource of the stack exists, before the steps that need it. */
  onCreated?: (resource: string, arn: string) => void;
};

export type ApplyResult = {
  /** ARNs (ids in EC2) of what was created, by resource id. */
  created: Record<string, string>;
  /** Of a load balancer that was created. */
  dnsName?: string;
  done: Step[];
  failed: { step: Step; error: Error }[];
  /** Not tried, since a step they need did not succeed. */
  skipped: Step[];
  /** Left undone on purpose: `step.hold` says why. */
  held: Step[];
};

const OPERATIONS: Operations<Operation['do']> = {
  ...SECURITY_GROUP_OPERATIONS,
  ...LOAD_BALANCER_OPERATIONS,
  ...TARGET_GROUP_OPERATIONS,
  ...LISTENER_OPERATIONS,
  ...RULE_OPERATIONS,
  ...TAG_OPERATIONS,
};

type Outcome = { kind: 'done'; made: Made } | { kind: 'failed'; error: Error } | { kind: 'skipped' | 'held' };
type Work = {
  account: Account;
  guard: Guard;
  options: ApplyOptions;
  outcomes: Map<string, Promise<Outcome>>;
  made: Map<string, string>;
};

/** Carries out a plan, with as much at once as the steps' needs allow. Never rejects: what failed stops only what needs it. */
export async function applySteps(
  account: Account,
  steps: readonly Step[],
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const destructive = steps.flatMap(({ operation, hold }) => (!hold && isDestructive(operation) ? [operation] : []));
  const work: Work = {
    account,
    guard: createGuard(account, destructive),
    options,
    outcomes: new Map(),
    made: new Map(),
  };
  const runs = steps.map(async (step) => ({ step, outcome: await startStep(step, work) }));
  return resultOf(await Promise.all(runs));
}

/** Known by its id before it runs, to the steps that need it. */
function startStep(step: Step, work: Work): Promise<Outcome> {
  const outcome = runStep(step, work);
  work.outcomes.set(step.id, outcome);
  return outcome;
}

async function runStep(step: Step, work: Work): Promise<Outcome> {
  const before = await Promise.all(step.needs.flatMap((id) => work.outcomes.get(id) ?? []));
  if (before.length < step.needs.length || before.some((outcome) => outcome.kind !== 'done'))
    return { kind: 'skipped' };
  if (step.hold) return { kind: 'held' };
  try {
    const made = await carryOut(step.operation, work);
    if (made) announce(step, made, work);
    return { kind: 'done', made };
  } catch (error) {
    return failureOf(step, error as Error, work.account);
  }
}

async function carryOut(operation: Operation, { account, guard, made }: Work): Promise<Made> {
  if (isDestructive(operation)) await guard(operation);
  const run: Run = { account, resolve: (ref) => resolveRef(ref, made) };
  return (OPERATIONS[operation.do] as CarryOut<Operation['do']>)(operation as never, run);
}

function resolveRef(ref: Ref, made: ReadonlyMap<string, string>): string {
  if ('arn' in ref) return ref.arn;
  const arn = made.get(ref.step);
  if (arn === undefined) throw new Error(`the plan refers to step "${ref.step}" before it is done`);
  return arn;
}

function announce({ id, resource }: Step, { arn }: { arn: string }, { made, options }: Work): void {
  made.set(id, arn);
  options.onCreated?.(resource, arn);
}

async function failureOf({ operation }: Step, error: Error, account: Account): Promise<Outcome> {
  if (isAmbiguous(error)) account.inventory.markStale();
  dropFacts(error, account);
  if (!(error instanceof Gone)) return { kind: 'failed', error };
  if (isDestructive(operation)) return forget(operation, account);
  const foreign = await namedByUser(operation, account);
  if (foreign)
    return { kind: 'failed', error: new Invalid('targetGroupARN', `${foreign}: ${error.message}`, { cause: error }) };
  // Either not visible yet, right after its creation, or deleted behind our back: the next pass sees which.
  return { kind: 'failed', error: new Retry(error.message, { cause: error }) };
}

/** The first target group an action forwards to that is not ours. */
async function namedByUser(operation: Operation, { inventory }: Account): Promise<string | undefined> {
  const arns = actionsOf(operation)
    .flatMap((action) => groupsOf([action]))
    .flatMap((ref) => ('arn' in ref ? [ref.arn] : []));
  const owned = await Promise.all(arns.map((arn) => inventory.owns(arn)));
  return arns.find((_, index) => !owned[index]);
}

function actionsOf(operation: Operation): PlannedAction[] {
  if (operation.do === 'createListener' || operation.do === 'modifyListener') return operation.settings.defaultActions;
  return operation.do === 'createRule' || operation.do === 'modifyRule' ? (operation.actions ?? []) : [];
}

function forget(operation: Destructive, { inventory }: Account): Outcome {
  inventory.deleted('id' in operation ? operation.id : operation.arn);
  return { kind: 'done', made: undefined };
}

const FACT_OF_FIELD = { subnets: 'subnets', 'security-groups': 'securityGroups' } as const;

/** An error that points at a fact says that the fact is out of date. */
function dropFacts(error: Error, { facts }: Account): void {
  if (!(error instanceof Invalid)) return;
  const kind = FACT_OF_FIELD[error.field as keyof typeof FACT_OF_FIELD];
  if (kind) facts.drop(kind);
}

function resultOf(outcomes: { step: Step; outcome: Outcome }[]): ApplyResult {
  const result: ApplyResult = { created: {}, done: [], failed: [], skipped: [], held: [] };
  for (const { step, outcome } of outcomes) {
    if (outcome.kind === 'failed') result.failed.push({ step, error: outcome.error });
    else result[outcome.kind].push(step);
    if (outcome.kind === 'done' && outcome.made) recordMade(result, step, outcome.made);
  }
  return result;
}

function recordMade(result: ApplyResult, { resource }: Step, { arn, dnsName }: NonNullable<Made>): void {
  result.created[resource] = arn;
  if (dnsName) result.dnsName = dnsName;
}
