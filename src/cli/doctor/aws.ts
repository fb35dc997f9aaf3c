import type { Ec2Api, ElbApi } from '../../aws/api.ts';
import { credentialsTrouble } from '../../aws/errors.ts';
import { Facts } from '../../aws/facts.ts';
import type { Identity } from '../../aws/identity.ts';
import { Gone, toError } from '../../errors.ts';
import type { AwsFacts, SettingsFacts } from '../../model/doctor/facts.ts';
import type { Clock } from '../../runtime/clock.ts';
import { known } from './known.ts';

/** What doctor asks of AWS. */
export type AwsApis = {
  endpoint: string;
  elb: ElbApi;
  ec2: Ec2Api;
  clock: Clock;
  identity(): Promise<Identity>;
  /** How far its clock is ahead of ours, milliseconds; undefined before the first answer. */
  aheadMs(): number | undefined;
};

/** Asks who we are first: without credentials nothing else is asked. */
export async function readAws(apis: AwsApis, settings: SettingsFacts): Promise<AwsFacts> {
  const identity = await readIdentity(apis);
  const { endpoint } = apis;
  if (!('value' in identity)) {
    const unasked = { unknown: 'AWS does not take the credentials' };
    return { endpoint, identity, aheadMs: apis.aheadMs(), vpc: unasked, subnets: unasked };
  }
  const facts = new Facts({ ...apis, vpcId: settings.vpcId });
  const [vpc, subnets] = await Promise.all([known(readVpc(facts)), known(facts.subnets())]);
  return { endpoint, identity, aheadMs: apis.aheadMs(), vpc, subnets };
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
