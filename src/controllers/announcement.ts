import type { Account } from '../aws/account.ts';
import { type AddressDeps, announceAddress } from './addresses.ts';
import { readLoadBalancer, type StackResult } from './stack-aws.ts';
import type { StackCluster, StackView } from './stack-view.ts';

type AnnouncementDeps = AddressDeps & { cluster: StackCluster; account: Account };

/**
 * Has the members of a stack show the address of its load balancer when that one can answer for them. `result` is absent
 * where the pass found nothing to do. Returns when to look again, in milliseconds.
 */
export async function announceStack(
  view: StackView,
  result: StackResult | undefined,
  deps: AnnouncementDeps,
): Promise<number | undefined> {
  const { resources, dnsName, failed } = standing(view, result);
  if (dnsName === undefined) return undefined;
  const replaces = replacedBy(result) ?? (await leftFor(view, { arn: resources['load-balancer'], dnsName }, deps));
  return announceAddress(deps, {
    ...view,
    resources,
    dnsName,
    failed,
    ...(replaces && { replaces }),
  });
}

/** What stands, by this pass or by the record of one before it. */
function standing({ ledger }: StackView, result: StackResult | undefined) {
  const { dnsName, resources = {} } = ledger?.status ?? {};
  if (result === undefined) return { dnsName, resources, failed: false };
  const { loadBalancer, failed } = result;
  return { dnsName: loadBalancer?.dnsName ?? dnsName, resources: result.resources, failed: failed.length > 0 };
}

/** What is known of the load balancer that takes the place of one that serves on. */
function replacedBy(result: StackResult | undefined): { active: boolean } | undefined {
  if (!result?.held.some(({ operation }) => operation.do === 'deleteLoadBalancer')) return undefined;
  return { active: isServing(result.loadBalancer?.state) };
}

/** The same where a member shows the address of another stack, which it left for this one and which serves it on. */
async function leftFor(
  { members, stack }: StackView,
  to: { arn: string | undefined; dnsName: string },
  { cluster, account }: AnnouncementDeps,
): Promise<{ active: boolean } | undefined> {
  const shown = new Set(members.flatMap(({ ingress }) => ingress.hostnames));
  shown.delete(to.dnsName);
  if (shown.size === 0 || to.arn === undefined) return undefined;
  const left = [...cluster.loadBalancers()].some(
    ({ spec, status }) => spec.stack !== stack && shown.has(status.dnsName ?? ''),
  );
  if (!left) return undefined;
  return { active: isServing((await readLoadBalancer(account, to.arn))?.State?.Code) };
}

const isServing = (state: string | undefined): boolean => state === 'active' || state === 'active_impaired';
