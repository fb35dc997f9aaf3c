import type { Account } from '../aws/account.ts';
import { toError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import type { MemberVerdict } from '../model/build.ts';
import type { ModelSettings } from '../model/input.ts';
import type { Problem } from '../model/stack.ts';
import type { Step } from '../plan/step.ts';
import type { Clock } from '../runtime/clock.ts';
import { NO_CONTROLS } from '../settings/controls.ts';
import { Addresses } from './addresses.ts';
import { Fallback, type FallbackSettings } from './fallback.ts';
import { Membership, type MembershipCluster } from './membership.ts';
import { planAws } from './stack-aws.ts';
import { type DecisionDeps, decideStack, passOf, readInput, removalOf } from './stack-decision.ts';
import { type StackCluster, type StackView, viewStack } from './stack-view.ts';
import { Succession } from './succession.ts';
import { refuseUnread } from './unread.ts';

type DryRunCluster = StackCluster & MembershipCluster & ConstructorParameters<typeof Fallback>[0];

export type DryRunDeps = {
  controllerId: string;
  cluster: DryRunCluster;
  kube: Pick<KubeApi, 'get'>;
  account: Account;
  clock: Clock;
  settings: ModelSettings & { routableCidrs: string[] };
  fallback: FallbackSettings;
};

/** What the operator would do about one stack, and what it says of its members. */
export type StackForecast = {
  stack: string;
  steps: Step[];
  members: MemberVerdict[];
  /** About the stack as a whole. */
  problems: Problem[];
  /** Nothing is done about it, though AWS may not be as wanted. */
  kept?: true;
  /** Ingresses (`namespace/name`) that have left it for another stack, and that it serves until clients have followed them. */
  moved: string[];
  /** Why nothing can be said. */
  error?: Error;
};

/**
 * What an operator that starts now would do to AWS, by the same decisions and the same plan, and without doing it: only calls
 * that read. One that has left for another stack counts as gone from the one it left.
 */
export class DryRun {
  readonly membership: Membership;
  readonly #deps: DryRunDeps;
  readonly #decision: DecisionDeps;

  constructor(deps: DryRunDeps) {
    const { cluster, clock, account, settings, fallback, controllerId } = deps;
    this.#deps = deps;
    this.membership = new Membership(cluster, { controllerId });
    this.#decision = {
      account,
      settings,
      fallback: new Fallback(cluster, clock, fallback),
      addresses: new Addresses(clock),
      succession: new Succession(clock, NO_CONTROLS),
    };
  }

  /** Every stack that is wanted, recorded, or in AWS, in order. */
  async stacks(): Promise<string[]> {
    const recorded = [...this.#deps.cluster.loadBalancers()].map(({ spec }) => spec.stack);
    const owned = await this.#deps.account.inventory.stacks();
    return [...new Set([...this.membership.stacks(), ...recorded, ...owned])].toSorted();
  }

  /** Never throws: what goes wrong with one stack is said of it. */
  async forecast(stack: string): Promise<StackForecast> {
    try {
      return await this.#forecast(stack);
    } catch (error) {
      return { stack, steps: [], members: [], problems: [], moved: [], error: toError(error) };
    }
  }

  async #forecast(stack: string): Promise<StackForecast> {
    const { cluster, kube, account, controllerId } = this.#deps;
    const moves = { lingers: () => false, keep: () => undefined };
    const view = viewStack(stack, { cluster, membership: this.membership, moves, controllerId });
    await refuseUnread(view, cluster, kube);
    const moved = movedFrom(view, cluster, this.membership);
    if (view.members.length === 0) {
      const { steps } = await planAws(account, removalOf(stack));
      return { stack, steps, members: [], problems: [], moved };
    }
    await account.facts.forStack(); // an operator that runs knows them
    const { input, verdict } = await readInput(view, this.#decision);
    const { build, act } = await decideStack(view, input, account);
    const said = { stack, members: build.members, problems: build.problems, moved };
    if (!act) return { ...said, steps: [], kept: true };
    const { pass } = passOf(view, { wanted: build.stack, verdict }, this.#decision);
    return { ...said, steps: (await planAws(account, pass)).steps };
  }
}

/** Members of the last pass that are in another stack now. */
function movedFrom({ stack, ledger }: StackView, cluster: DryRunCluster, membership: Membership): string[] {
  return (ledger?.status.members ?? []).flatMap(({ namespace, name, uid }) => {
    const ingress = cluster.ingress(namespace, name);
    if (ingress === undefined || ingress.uid !== uid) return [];
    return [undefined, stack].includes(membership.place(ingress).stack) ? [] : [`${namespace}/${name}`];
  });
}
