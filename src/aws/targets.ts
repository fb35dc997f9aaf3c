import type { TargetDescription, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Invalid } from '../errors.ts';
import type { Target } from '../model/target.ts';
import type { ObservedTarget, TargetHealth } from '../plan/fates.ts';
import type { ElbApi } from './api.ts';
import type { Deregistration } from './budget.ts';
import { isTargetQuota } from './errors.ts';
import { chunk } from './pages.ts';

/** What became of the targets of one call. An `error` stopped it: what is in no list was not tried, or nothing answered. */
export type TargetOutcome<T> = {
  done: T[];
  refused: { target: T; message: string }[];
  /** The group is at its quota: what is in no list does not fit. */
  full: boolean;
  error?: Error;
};

/** The registered targets of target groups in AWS. */
export type TargetApi = {
  register(arn: string, targets: readonly Target[]): Promise<TargetOutcome<Target>>;
  deregister<T extends ObservedTarget>(arn: string, targets: readonly T[], how?: Urgency): Promise<TargetOutcome<T>>;
  /** Draining targets are among them. */
  describe(arn: string): Promise<ObservedTarget[]>;
  /** How long to gather changes of one group before a call, milliseconds: 0 while there is budget. */
  windowMs(): number;
};

/** `mayGo` is asked when a call goes out, however long it waited for the budget: what it leaves out is not deregistered. */
type Urgency = { dueAt: number; mayGo: <T extends Pair>(targets: readonly T[]) => readonly T[] };

type Pair = { id: string; port: number };
/** Sends one call, and returns which targets it was about in the end. */
type Send<T> = (targets: readonly T[]) => Promise<readonly T[]>;

const TARGETS_PER_CALL = 200;
/** Calls spent on finding which targets of one request are refused. */
const SEARCH_CALLS = 40;
const LONGEST_WINDOW_MS = 200;

/**
 * `fullness` tells how full the budget for registrations is, 0 to 1; `deregister` sends deregistrations within the budget.
 * Without it they go like any other call of `elb`.
 */
export function openTargets(
  elb: ElbApi,
  fullness: () => number,
  deregister: (deregistration: Deregistration) => Promise<unknown> = ({ input }) => send(elb, input()),
): TargetApi {
  return {
    register: (TargetGroupArn, targets) =>
      sendAll(targets, async (part) => {
        await elb.registerTargets({ TargetGroupArn, Targets: part.map(description) });
        return part;
      }),
    deregister: (TargetGroupArn, targets, { dueAt, mayGo } = AT_ONCE) =>
      sendAll(targets, async (part) => {
        let going: typeof part = [];
        const input = () => {
          going = mayGo(part);
          // A zone is no part of the key, and a wrong one would fail the call.
          const Targets = going.map(description).map(withoutZone);
          return Targets.length === 0 ? undefined : { TargetGroupArn, Targets };
        };
        await deregister({ dueAt, input });
        return going;
      }),
    describe: async (TargetGroupArn) => {
      const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn });
      return (TargetHealthDescriptions ?? []).map(observedTarget);
    },
    windowMs: () => windowOf(fullness()),
  };
}

const send = async (elb: ElbApi, input: ReturnType<Deregistration['input']>): Promise<unknown> =>
  input && elb.deregisterTargets(input);

const AT_ONCE: Urgency = { dueAt: Number.POSITIVE_INFINITY, mayGo: (targets) => targets };

/** 0 above a half, then the longer the emptier. */
export const windowOf = (fullness: number): number =>
  fullness > 0.5 ? 0 : Math.round(LONGEST_WINDOW_MS * (1 - 2 * Math.max(0, fullness)));

async function sendAll<T extends Pair>(targets: readonly T[], send: Send<T>): Promise<TargetOutcome<T>> {
  const outcome: TargetOutcome<T> = { done: [], refused: [], full: false };
  const search = { send, outcome, callsLeft: SEARCH_CALLS };
  for (const part of chunk(targets, TARGETS_PER_CALL)) {
    if (outcome.full || outcome.error) break;
    await sendPart(part, search);
  }
  return outcome;
}

type Search<T> = { send: Send<T>; outcome: TargetOutcome<T>; callsLeft: number };

/** AWS takes all of a call or nothing: a refused one is split until the targets it is about stand alone. */
async function sendPart<T extends Pair>(part: readonly T[], search: Search<T>): Promise<void> {
  const { outcome } = search;
  if (part.length === 0 || outcome.full || outcome.error) return;
  const failure = await search.send(part).then(
    (sent) => void outcome.done.push(...sent),
    (error: unknown) => (error instanceof Error ? error : new Error('no error was given', { cause: error })),
  );
  search.callsLeft -= 1;
  if (failure === undefined) return;
  if (isTargetQuota(failure)) await fillUp(part, search);
  else if (!(failure instanceof Invalid)) outcome.error = failure;
  else if (part.length === 1 || search.callsLeft <= 0)
    outcome.refused.push(...part.map((target) => ({ target, message: failure.message })));
  else for (const half of splitBy(part, failure.message)) await sendPart(half, search);
}

/** What still fits is registered: the first half, and so on, until one alone does not. */
async function fillUp<T extends Pair>(part: readonly T[], search: Search<T>): Promise<void> {
  if (part.length === 1 || search.callsLeft <= 0) {
    search.outcome.full = true;
    return;
  }
  const middle = Math.ceil(part.length / 2);
  await sendPart(part.slice(0, middle), search);
  await sendPart(part.slice(middle), search);
}

/** AWS mostly quotes the targets it refuses: those first, else halves. */
function splitBy<T extends Pair>(part: readonly T[], message: string): T[][] {
  const named = part.filter(({ id }) => message.includes(`'${id}'`) || message.includes(`"${id}"`));
  if (named.length > 0 && named.length < part.length) {
    const rest = part.filter((target) => !named.includes(target));
    return [rest, named];
  }
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}

const description = (target: Pair & { zone?: string }): TargetDescription => ({
  Id: target.id,
  Port: target.port,
  ...(target.zone === undefined ? {} : { AvailabilityZone: target.zone }),
});

const withoutZone = ({ Id, Port }: TargetDescription): TargetDescription => ({ Id, Port });

const HEALTH: readonly TargetHealth[] = ['initial', 'healthy', 'unhealthy', 'unused', 'draining', 'unavailable'];

function observedTarget({ Target, TargetHealth }: TargetHealthDescription): ObservedTarget {
  const { State, Reason, Description } = TargetHealth ?? {};
  const state = State === 'unhealthy.draining' ? 'unhealthy' : (State ?? '');
  const health = HEALTH.find((known) => known === state) ?? 'unknown';
  return {
    id: Target?.Id ?? '',
    port: Target?.Port ?? 0,
    health,
    ...(Reason !== undefined && { reason: Reason }),
    ...(Description !== undefined && { description: Description }),
  };
}
