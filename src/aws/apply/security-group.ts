import { Gone } from '../../errors.ts';
import { hashOf } from '../../model/canonical.ts';
import { ownerTags, TAG } from '../../model/tags.ts';
import { RULE_DESCRIPTION } from '../../plan/security-groups.ts';
import type { IngressPermission } from '../../plan/step.ts';
import { type Account, BACKEND_SECURITY_GROUP, findBackendSecurityGroup } from '../account.ts';
import { isDuplicatePermission } from '../errors.ts';
import { createNamed } from './names.ts';
import type { CarryOut, Operations } from './run.ts';
import { toPairs } from '../pairs.ts';

type Names =
  | 'createSecurityGroup'
  | 'ensureBackendSecurityGroup'
  | 'authorizeIngress'
  | 'revokeIngress'
  | 'deleteSecurityGroup';

const create: CarryOut<'createSecurityGroup'> = async ({ name, description, vpcId, tags }, { account }) => {
  return createNamed(account, { kind: 'security-group', name, tags }, async () => {
    const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: toPairs(tags) }];
    const { GroupId: id = '' } = await account.ec2.createSecurityGroup({
      GroupName: name,
      Description: description,
      VpcId: vpcId,
      TagSpecifications,
    });
    account.facts.addSecurityGroup({ id, name, tags });
    return { arn: id, old: false };
  });
};

const authorize: CarryOut<'authorizeIngress'> = async ({ securityGroup, permissions }, { account, resolve }) => {
  const GroupId = resolve(securityGroup);
  const add = (part: IngressPermission[]) =>
    account.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: part.map(ipPermission) });
  try {
    await add(permissions);
  } catch (error) {
    if (!isDuplicatePermission(error)) throw error;
    // One that is there already fails the call for all: they are added one by one then.
    for (const permission of permissions) await add([permission]).catch(ignoreDuplicate);
  }
  return undefined;
};

function ignoreDuplicate(error: unknown): void {
  if (!isDuplicatePermission(error)) throw error;
}

const revoke: CarryOut<'revokeIngress'> = async ({ securityGroup, permissions }, { account, resolve }) => {
  const GroupId = resolve(securityGroup);
  try {
    await account.ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions: permissions.map(ipPermission) });
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
  }
  return undefined;
};

function ipPermission({ port, cidr }: IngressPermission) {
  const Description = RULE_DESCRIPTION;
  const range = cidr.includes(':')
    ? { Ipv6Ranges: [{ CidrIpv6: cidr, Description }] }
    : { IpRanges: [{ CidrIp: cidr, Description }] };
  return { IpProtocol: 'tcp', FromPort: port, ToPort: port, ...range };
}

const remove: CarryOut<'deleteSecurityGroup'> = async ({ id }, { account }) => {
  await account.ec2.deleteSecurityGroup({ GroupId: id });
  account.inventory.deleted(id);
  account.facts.removeSecurityGroup(id);
  return undefined;
};

const ensureBackend: CarryOut<'ensureBackendSecurityGroup'> = async (_operation, { account }) => {
  return { arn: await ensureBackendSecurityGroup(account) };
};

/** Id of the backend security group of the cluster, created when there is none: once, whoever asks at the same time. */
async function ensureBackendSecurityGroup(account: Account): Promise<string> {
  const known = await findBackendSecurityGroup(account);
  if (known) return known;
  const creating = (account.pending.backendSecurityGroup ??= createBackend(account));
  return creating.finally(() => delete account.pending.backendSecurityGroup);
}

/** EC2 API reference, CreateSecurityGroup: GroupDescription, and the characters it may have. */
const LONGEST_DESCRIPTION = 255;
const NOT_IN_DESCRIPTION = /[^\w .:/()#,@[\]+=&;{}!$*-]/g;

async function createBackend(account: Account): Promise<string> {
  const { cluster, vpcId } = account;
  const name = `podwire-backend-${hashOf(cluster).slice(0, 10)}`;
  const tags = { ...ownerTags(cluster), [TAG.resource]: BACKEND_SECURITY_GROUP };
  const description = `Traffic from the load balancers of cluster ${cluster.name} to its nodes and pods`
    .replace(NOT_IN_DESCRIPTION, ' ')
    .slice(0, LONGEST_DESCRIPTION);
  const operation = { do: 'createSecurityGroup', name, description, vpcId, tags } as const;
  const made = await create(operation, { account, resolve: () => '' });
  return made?.arn ?? '';
}

/** Deletes the backend security group when no load balancer of the cluster is left; says whether it is gone. */
export async function deleteUnusedBackendSecurityGroup(account: Account): Promise<boolean> {
  const id = await findBackendSecurityGroup(account);
  if (id === undefined) return true;
  const used = (await account.inventory.all()).some(({ kind }) => kind === 'load-balancer');
  if (used || account.pending.backendSecurityGroup) return false;
  await remove({ do: 'deleteSecurityGroup', id }, { account, resolve: () => '' }).catch((error: unknown) => {
    if (!(error instanceof Gone)) throw error;
    account.inventory.deleted(id);
  });
  return true;
}

export const SECURITY_GROUP_OPERATIONS: Operations<Names> = {
  createSecurityGroup: create,
  ensureBackendSecurityGroup: ensureBackend,
  authorizeIngress: authorize,
  revokeIngress: revoke,
  deleteSecurityGroup: remove,
};
