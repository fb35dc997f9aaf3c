import { Invalid, Retry } from '../../errors.ts';
import type { Tags } from '../../model/stack.ts';
import type { Destructive } from '../../plan/step.ts';
import type { Account } from '../account.ts';
import { isOurs } from '../inventory.ts';
import { readSecurityGroups } from '../read-security-groups.ts';
import { readTags } from '../read-tags.ts';
import { fromPairs } from '../pairs.ts';

export type Guard = (operation: Destructive) => Promise<void>;

/**
 * Throws unless the resource carries this cluster's name and UID now, by tags read from AWS and not remembered. Load
 * balancers and target groups of one plan are asked for together; what is gone already passes.
 */
export function createGuard(account: Account, operations: readonly Destructive[]): Guard {
  const arns = operations.flatMap((each) =>
    each.do === 'deleteLoadBalancer' || each.do === 'deleteTargetGroup' ? [each.arn] : [],
  );
  let reading: Promise<Map<string, Tags>> | undefined;
  return async (operation) => {
    switch (operation.do) {
      case 'deleteLoadBalancer':
      case 'deleteTargetGroup':
        reading ??= readTags(account.elb, arns);
        checkTags(account, operation.arn, (await reading).get(operation.arn));
        return checkRate(account, operation.arn);
      case 'deleteSecurityGroup':
        checkTags(account, operation.id, await readGroupTags(account, operation.id));
        return checkRate(account, operation.id);
      case 'deleteListener':
      case 'deleteRule':
        return checkParent(account, operation.arn);
    }
  };
}

function checkTags(account: Account, arn: string, tags: Tags | undefined): void {
  if (tags === undefined || isOurs(tags, account.cluster)) return;
  account.inventory.markStale();
  throw new Invalid(
    'tags',
    `${arn} is not deleted: it does not carry the tags of cluster ${account.cluster.name} with UID ${account.cluster.uid}`,
  );
}

function checkRate({ deletions }: Account, arn: string): void {
  if (deletions.take()) return;
  throw new Retry(`${arn} is not deleted yet: too much was deleted within a short time`, {
    afterMs: deletions.waitMs(),
  });
}

async function readGroupTags({ ec2 }: Account, id: string): Promise<Tags | undefined> {
  const [group] = await readSecurityGroups(ec2, [{ Name: 'group-id', Values: [id] }]);
  return group && fromPairs(group.Tags);
}

/** Listeners and rules belong to whom their load balancer belongs. */
async function checkParent({ inventory }: Account, arn: string): Promise<void> {
  if (await inventory.owns(loadBalancerOf(arn))) return;
  throw new Invalid('tags', `${arn} is not deleted: its load balancer is not known to be ours`);
}

/** ARNs of listeners and rules spell out their load balancer (ELBv2 API reference, ARN formats). */
function loadBalancerOf(arn: string): string {
  const [, prefix, kind, path] = arn.match(/^(.*):(listener-rule|listener)\/(.*)$/) ?? [];
  const levels = kind === 'listener-rule' ? 2 : 1;
  return path === undefined ? arn : `${prefix}:loadbalancer/${path.split('/').slice(0, -levels).join('/')}`;
}
