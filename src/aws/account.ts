import { type ClusterIdentity, TAG } from '../model/tags.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Ec2Api, ElbApi } from './api.ts';
import { Bucket } from './bucket.ts';
import { Facts } from './facts.ts';
import { Inventory, type Owned } from './inventory.ts';

export type AccountSettings = { elb: ElbApi; ec2: Ec2Api; clock: Clock; cluster: ClusterIdentity; vpcId: string };

/** AWS as one cluster sees it: the APIs (within the budget), what it knows of the VPC and what it owns. One a process. */
export type Account = AccountSettings & {
  facts: Facts;
  inventory: Inventory;
  /** Caps how fast load balancers, target groups and security groups are deleted. */
  deletions: Bucket;
  /** The backend security group while it is being created. */
  pending: { backendSecurityGroup?: Promise<string> };
};

const DELETIONS = { perSecond: 1, burst: 100 };

/** Opens an account that knows nothing yet: what it is asked for first is read then. */
export function createAccount(settings: AccountSettings): Account {
  return {
    ...settings,
    facts: new Facts(settings),
    inventory: new Inventory(settings),
    deletions: new Bucket(DELETIONS, settings.clock),
    pending: {},
  };
}

export const BACKEND_SECURITY_GROUP = 'backend-security-group';

/** The security group that all load balancers of the cluster have, and that nodes and pods admit; undefined before the first. */
export async function findBackendSecurityGroup({ inventory }: Account): Promise<string | undefined> {
  const isBackend = ({ kind, tags }: Owned) =>
    kind === 'security-group' && tags[TAG.resource] === BACKEND_SECURITY_GROUP;
  return (await inventory.all()).find(isBackend)?.arn;
}
