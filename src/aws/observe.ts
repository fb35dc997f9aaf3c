import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { Gone } from '../errors.ts';
import type { Stack } from '../model/stack.ts';
import { targetGroupResource } from '../plan/draft.ts';
import type {
  ObservedListener,
  ObservedLoadBalancer,
  ObservedRule,
  ObservedSecurityGroup,
  ObservedStack,
  ObservedTargetGroup,
} from '../plan/observed.ts';
import { type Account, findBackendSecurityGroup } from './account.ts';
import { ingressOf, listenerOf, loadBalancerOf, rulesOf, targetGroupOf } from './echo.ts';
import type { Kind, Owned } from './inventory.ts';
import { chunk, readPages } from './pages.ts';
import { fromPairs } from './pairs.ts';

/** AWS: the describe calls take at most 20 ARNs. */
const ARNS_PER_CALL = 20;

/** What of the wanted stack decides what is read. */
type Reading = { loadBalancer: Pick<Stack['loadBalancer'], 'attributes'>; targetGroups: Stack['targetGroups'] };

/** Has everything of a stack read, whatever is wanted of it. */
export const EVERYTHING: Reading = { loadBalancer: { attributes: { everything: '' } }, targetGroups: [] };

/**
 * What AWS has of a stack now. No call for what the inventory says is not there; attributes only where `wanted` sets some
 * (or, when nothing is wanted, to learn of deletion protection).
 */
export async function observeStack(account: Account, key: string, wanted: Reading | undefined): Promise<ObservedStack> {
  const owned = await account.inventory.stack(key);
  const of = (kind: Kind) => owned.filter((resource) => resource.kind === kind);
  const [loadBalancers, targetGroups, securityGroups, backend] = await Promise.all([
    readLoadBalancers(account, of('load-balancer'), wanted),
    readTargetGroups(account, of('target-group'), wanted),
    readSecurityGroups(account, of('security-group')),
    findBackendSecurityGroup(account),
  ]);
  return { key, loadBalancers, targetGroups, securityGroups, ...(backend ? { backendSecurityGroup: backend } : {}) };
}

async function readLoadBalancers(
  account: Account,
  owned: Owned[],
  wanted: Reading | undefined,
): Promise<ObservedLoadBalancer[]> {
  const describe = (arns: string[]) =>
    account.elb.describeLoadBalancers({ LoadBalancerArns: arns }).then((answer) => answer.LoadBalancers ?? []);
  const found = await Promise.all(owned.map(async (resource) => (await existing(() => describe([resource.arn])))[0]));
  forgetMissing(
    account,
    owned,
    found.map((each) => each?.LoadBalancerArn),
  );
  return Promise.all(
    owned.flatMap((resource, index) => {
      const echo = found[index];
      return echo ? [readLoadBalancer(account, loadBalancerOf(echo, resource.tags), wanted)] : [];
    }),
  );
}

/** Nothing instead of an error when it is gone. */
async function existing<Item>(read: () => Promise<Item[]>): Promise<Item[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Gone) return [];
    throw error;
  }
}

function forgetMissing({ inventory }: Account, owned: Owned[], found: (string | undefined)[]): void {
  for (const { arn } of owned) if (!found.includes(arn)) inventory.deleted(arn);
}

async function readLoadBalancer(
  account: Account,
  loadBalancer: Omit<ObservedLoadBalancer, 'listeners'>,
  wanted: Reading | undefined,
): Promise<ObservedLoadBalancer> {
  const asksForAttributes = wanted === undefined || Object.keys(wanted.loadBalancer.attributes).length > 0;
  const [listeners, attributes] = await Promise.all([
    wanted ? readListeners(account, loadBalancer.arn) : [],
    asksForAttributes ? readAttributes(account, loadBalancer.arn) : undefined,
  ]);
  return { ...loadBalancer, listeners, ...(attributes ? { attributes } : {}) };
}

async function readAttributes({ elb }: Account, arn: string): Promise<Record<string, string>> {
  return fromPairs((await elb.describeLoadBalancerAttributes({ LoadBalancerArn: arn })).Attributes);
}

async function readListeners(account: Account, arn: string): Promise<ObservedListener[]> {
  const read = (next: { Marker?: string }) => account.elb.describeListeners({ LoadBalancerArn: arn, ...next });
  const listeners = await existing(() => readPages(read, (answer) => answer.Listeners));
  return Promise.all(listeners.map((listener) => readListener(account, listener)));
}

async function readListener(account: Account, echo: Elb.Listener): Promise<ObservedListener> {
  const [rules, certificates] = await Promise.all([
    readRules(account, echo.ListenerArn ?? ''),
    echo.Protocol === 'HTTPS' ? readCertificates(account, echo.ListenerArn ?? '') : [],
  ]);
  return listenerOf(echo, certificates, rules);
}

async function readRules({ elb }: Account, arn: string): Promise<ObservedRule[]> {
  const read = (next: { Marker?: string }) => elb.describeRules({ ListenerArn: arn, ...next });
  return rulesOf(await existing(() => readPages(read, (answer) => answer.Rules)));
}

/** The default one first. */
async function readCertificates({ elb }: Account, arn: string): Promise<string[]> {
  const read = (next: { Marker?: string }) => elb.describeListenerCertificates({ ListenerArn: arn, ...next });
  const certificates = await existing(() => readPages(read, (answer) => answer.Certificates));
  const byDefault = certificates.toSorted((a, b) => Number(b.IsDefault ?? false) - Number(a.IsDefault ?? false));
  return byDefault.flatMap(({ CertificateArn }) => CertificateArn ?? []);
}

async function readTargetGroups(
  account: Account,
  owned: Owned[],
  wanted: Reading | undefined,
): Promise<ObservedTargetGroup[]> {
  const parts = await Promise.all(
    chunk(
      owned.map(({ arn }) => arn),
      ARNS_PER_CALL,
    ).map((arns) => describeGroups(account, arns)),
  );
  const echoes = new Map(parts.flat().map((echo) => [echo.TargetGroupArn ?? '', echo]));
  forgetMissing(account, owned, [...echoes.keys()]);
  return Promise.all(
    owned.flatMap(({ arn, tags }) => {
      const echo = echoes.get(arn);
      return echo ? [withAttributes(account, targetGroupOf(echo, tags), wanted)] : [];
    }),
  );
}

/** One that is gone fails the call for all: they are asked for one by one then. */
async function describeGroups({ elb }: Account, arns: string[]): Promise<Elb.TargetGroup[]> {
  const describe = (part: string[]) =>
    elb.describeTargetGroups({ TargetGroupArns: part }).then((answer) => answer.TargetGroups ?? []);
  try {
    return await describe(arns);
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    return (await Promise.all(arns.map((arn) => existing(() => describe([arn]))))).flat();
  }
}

async function withAttributes(
  account: Account,
  group: ObservedTargetGroup,
  wanted: Reading | undefined,
): Promise<ObservedTargetGroup> {
  const settings = wanted?.targetGroups.find(({ id }) => targetGroupResource(id) === group.resource);
  // Of a group that goes, its deregistration delay says how long it is still needed.
  if (!wanted || (settings && Object.keys(settings.attributes).length === 0)) return group;
  const { Attributes } = await account.elb.describeTargetGroupAttributes({ TargetGroupArn: group.arn });
  return { ...group, attributes: fromPairs(Attributes) };
}

async function readSecurityGroups(account: Account, owned: Owned[]): Promise<ObservedSecurityGroup[]> {
  if (owned.length === 0) return [];
  const Filters = [{ Name: 'group-id', Values: owned.map(({ arn }) => arn) }];
  const { SecurityGroups } = await account.ec2.describeSecurityGroups({ Filters });
  const found = SecurityGroups ?? [];
  forgetMissing(
    account,
    owned,
    found.map(({ GroupId }) => GroupId),
  );
  return found.map(({ GroupId, GroupName, VpcId, IpPermissions }) => ({
    id: GroupId ?? '',
    name: GroupName ?? '',
    vpcId: VpcId ?? '',
    ingress: ingressOf(IpPermissions),
    tags: owned.find(({ arn }) => arn === GroupId)?.tags ?? {},
  }));
}
