import { type Account, findBackendSecurityGroup } from '../aws/account.ts';
import { deleteUnusedBackendSecurityGroup } from '../aws/apply/security-group.ts';
import type { Networking } from '../aws/networking.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Outcome } from '../runtime/workqueue.ts';
import type { Membership } from './membership.ts';
import { findStrays, releaseStrays, type StrayCluster } from './strays.ts';

export type SweepDeps = {
  controllerId: string;
  account: Account;
  networking: Pick<Networking, 'closeAll'>;
  membership: Membership;
  cluster: StrayCluster;
  kube: KubeApi;
  /** Stacks that have a LoadBalancer object. */
  recordedStacks(): string[];
  /** Has a stack compared with AWS though nothing of it changed in the cluster. */
  verify(stack: string): void;
  /** Has the targets of every group compared with AWS. */
  examineTargets(): void;
  /** Has the drain lines of every namespace that has any, or should have, compared with the cluster. */
  examineLines(): void;
  intervalMs: number;
};

/** What the sweep is asked for. */
export const SWEEP = { drift: 'drift', backend: 'backend-security-group', strays: 'strays' } as const;

/** One sweep, by what it is asked for. */
export async function reconcileSweep(key: string, deps: SweepDeps): Promise<Outcome> {
  if (key === SWEEP.drift) await sweepDrift(deps);
  await sweepStrays(deps);
  if (key !== SWEEP.strays) await sweepBackend(deps);
  return key === SWEEP.drift ? { again: deps.intervalMs } : undefined;
}

/** Reads AWS afresh and has every stack compared with it, those too that nobody wants any more: they are removed. */
async function sweepDrift({ account, membership, recordedStacks, ...deps }: SweepDeps): Promise<void> {
  account.inventory.markStale();
  account.facts.drop();
  const owned = await account.inventory.stacks();
  for (const stack of new Set([...membership.stacks(), ...recordedStacks(), ...owned])) deps.verify(stack);
  deps.examineTargets();
  deps.examineLines();
}

/** Has what they left in AWS removed, and then lets go of them: the removal of a stack brings us here again. */
async function sweepStrays(deps: SweepDeps): Promise<void> {
  const { account, membership, cluster, kube, recordedStacks, verify } = deps;
  const strays = findStrays(cluster, deps);
  if (strays.length === 0) return;
  const wanted = new Set([...membership.stacks(), ...recordedStacks()]);
  const orphans = (await account.inventory.stacks()).filter((stack) => !wanted.has(stack));
  for (const stack of orphans) verify(stack);
  if (orphans.length === 0) await releaseStrays(kube, strays, deps.controllerId);
}

/** Removes the backend security group, and the rules that name it, when no stack is left that could use it. */
async function sweepBackend({ account, networking, membership, recordedStacks }: SweepDeps): Promise<void> {
  if (membership.stacks().length + recordedStacks().length > 0) return;
  const group = await findBackendSecurityGroup(account);
  if (group === undefined || (await account.inventory.stacks()).length > 0) return;
  await networking.closeAll(group);
  await deleteUnusedBackendSecurityGroup(account);
}
