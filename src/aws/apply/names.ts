import { Invalid, Retry } from '../../errors.ts';
import type { Tags } from '../../model/stack.ts';
import { TAG } from '../../model/tags.ts';
import type { Account } from '../account.ts';
import { isNameTaken } from '../errors.ts';
import { isOurs, type Kind, type Owned } from '../inventory.ts';
import { readSecurityGroups } from '../read-security-groups.ts';
import { readTags } from '../read-tags.ts';
import { fromPairs } from '../pairs.ts';

export type Creation = { kind: Kind; name: string; tags: Tags };
export type Created = {
  arn: string;
  dnsName?: string;
  /** AWS may have handed out one that was there before. */
  old: boolean;
};

/**
 * Creates under a name that nobody else has. The inventory knows who has it; where AWS answers with a resource that was
 * there before, its tags decide: one of this stack is compared again by the next pass, any other is left alone.
 */
export async function createNamed(
  account: Account,
  creation: Creation,
  create: () => Promise<Created>,
): Promise<Created> {
  const { kind, name, tags } = creation;
  const holder = await account.inventory.holderOf(kind, name);
  if (holder) throw await nameProblem(account, creation, holder);
  const created = await create().catch(async (error: unknown) => {
    throw isNameTaken(error) ? await nameProblem(account, creation, await findHolder(account, creation)) : error;
  });
  if (created.old && (await whoseIs(account, creation, created.arn)) !== 'this stack')
    throw await nameProblem(account, creation, created.arn);
  account.inventory.created({ kind, arn: created.arn, name, tags });
  return created;
}

/** The inventory is read again in either case: what it knew of the name was wrong. */
async function nameProblem(account: Account, creation: Creation, holder: string | undefined): Promise<Error> {
  const { kind, name } = creation;
  account.inventory.markStale();
  const whose = holder === undefined ? 'nobody' : await whoseIs(account, creation, holder);
  if (whose === 'nobody') return new Retry(`the name ${name} was taken a moment ago and is free now`);
  if (whose === 'this stack') return new Retry(`${holder} of this stack is there already and is to be compared again`);
  const wanted = kind.replace('-', ' ');
  return new Invalid('name', `the name ${name} is wanted for a ${wanted} and is taken by ${holder}, which is not ours`);
}

/** By its tags, from AWS itself. */
async function whoseIs(
  account: Account,
  { kind, tags }: Creation,
  arn: string,
): Promise<'this stack' | 'another' | 'nobody'> {
  const found =
    kind === 'security-group'
      ? (await findGroup(account, 'group-id', arn))?.tags
      : (await readTags(account.elb, [arn])).get(arn);
  if (found === undefined) return 'nobody';
  return isOurs(found, account.cluster) && found[TAG.stack] === tags[TAG.stack] ? 'this stack' : 'another';
}

async function findHolder(account: Account, { kind, name }: Creation): Promise<string | undefined> {
  switch (kind) {
    case 'load-balancer':
      return (await account.elb.describeLoadBalancers({ Names: [name] })).LoadBalancers?.[0]?.LoadBalancerArn;
    case 'target-group':
      return (await account.elb.describeTargetGroups({ Names: [name] })).TargetGroups?.[0]?.TargetGroupArn;
    case 'security-group':
      return (await findGroup(account, 'group-name', name))?.arn;
  }
}

async function findGroup(
  { ec2, vpcId }: Account,
  filter: 'group-id' | 'group-name',
  value: string,
): Promise<Pick<Owned, 'arn' | 'tags'> | undefined> {
  const [group] = await readSecurityGroups(ec2, [
    { Name: filter, Values: [value] },
    { Name: 'vpc-id', Values: [vpcId] },
  ]);
  return group?.GroupId === undefined ? undefined : { arn: group.GroupId, tags: fromPairs(group.Tags) };
}
