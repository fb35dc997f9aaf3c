import type { Ec2Api, ElbApi } from '../../aws/api.ts';
import { credentialsTrouble } from '../../aws/errors.ts';
import { Facts } from '../../aws/facts.ts';
import type { Identity } from '../../aws/identity.ts';
import type { Simulation } from '../../aws/simulation.ts';
import type { Node, TargetGroupObject } from '../../cluster/objects.ts';
import { Gone, toError } from '../../errors.ts';
import type { AwsFacts, SettingsFacts } from '../../model/doctor/facts.ts';
import type { Clock } from '../../runtime/clock.ts';
import { readActions } from './actions.ts';
import { readGroups } from './groups.ts';
import { known } from './known.ts';
import { readQuotas } from './quotas.ts';

/** What doctor asks of AWS. */
export type AwsApis = {
  endpoint: string;
  elb: ElbApi;
  ec2: Ec2Api;
  clock: Clock;
  identity(): Promise<Identity>;
  /** Whether the policies of a principal allow each action. */
  simulate(principal: string, asked: Simulation): Promise<ReadonlyMap<string, boolean>>;
  /** How far its clock is ahead of ours, milliseconds; undefined before the first answer. */
  aheadMs(): number | undefined;
};

/** What of the cluster its checks are about. */
export type Inside = { settings: SettingsFacts; nodes: readonly Node[]; targetGroups: readonly TargetGroupObject[] };

/** Asks who we are first: without credentials nothing else is asked. */
export async function readAws(apis: AwsApis, inside: Inside): Promise<AwsFacts> {
  const identity = await readIdentity(apis);
  const { endpoint } = apis;
  if (!('value' in identity)) {
    const no = { unknown: 'AWS does not take the credentials' };
    return { endpoint, identity, aheadMs: apis.aheadMs(), vpc: no, subnets: no, actions: no, quotas: no, groups: no };
  }
  const { settings, nodes, targetGroups } = inside;
  const facts = new Facts({ ...apis, vpcId: settings.vpcId });
  const [vpc, subnets, securityGroups, quotas, groups] = await Promise.all([
    known(readVpc(facts)),
    known(facts.subnets()),
    facts.securityGroups().catch(() => []),
    known(readQuotas(apis.elb, targetGroups)),
    known(readGroups({ ec2: apis.ec2, known: facts, settings }, nodes)),
  ]);
  const around = { settings, identity: identity.value, groups: securityGroups };
  const actions = await known(readActions(apis, around));
  return { endpoint, identity, aheadMs: apis.aheadMs(), vpc, subnets, actions, quotas, groups };
}

async function readIdentity({ identity }: AwsApis): Promise<AwsFacts['identity']> {
  try {
    return { value: await identity() };
  } catch (error) {
    return { trouble: credentialsTrouble(error) ?? 'unreachable', message: toError(error).message };
  }
}

async function readVpc(facts: Facts): Promise<'there' | 'missing'> {
  try {
    return (await facts.vpcCidrs()).length > 0 ? 'there' : 'missing';
  } catch (error) {
    if (error instanceof Gone) return 'missing';
    throw error;
  }
}
