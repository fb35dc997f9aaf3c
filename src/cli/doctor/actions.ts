import { type Right, RIGHTS } from '../../aws/rights.ts';
import { USUAL_FEATURES } from '../../aws/rights/features.ts';
import { partitionOf, principalOf, type Simulation, simulationsOf } from '../../aws/simulation.ts';
import { toError } from '../../errors.ts';
import type { ActionFact } from '../../model/doctor/facts.ts';
import type { AwsApis } from './aws.ts';
import { type Around, dryRunTrials, readTrials, tryOut } from './trials.ts';

type Verdict = ActionFact['verdict'];

/** What AWS says of every row of the usual features: by trial where a call changes nothing, else by simulation. */
export async function readActions(apis: AwsApis, around: Around): Promise<ActionFact[]> {
  const rights = RIGHTS.filter(({ feature }) => USUAL_FEATURES.includes(feature));
  const trials = [...readTrials(apis.elb, around), ...dryRunTrials(apis.ec2, around)];
  const trialOf = (right: Right) =>
    trials.find(({ action, statement }) => action === right.action && statement === right.statement);
  const rest = rights.filter((right) => trialOf(right) === undefined);
  const simulated = await simulateAll(apis, around, rest);
  return Promise.all(
    rights.map(async (right) => {
      const trial = trialOf(right);
      const verdict = trial === undefined ? simulated(right) : await tryOut(trial);
      return { action: right.action, statement: right.statement, why: right.why, verdict };
    }),
  );
}

/** One after another: IAM answers few at a time. */
async function simulateAll(
  apis: AwsApis,
  around: Around,
  rights: readonly Right[],
): Promise<(right: Right) => Verdict> {
  const { settings, identity } = around;
  const principal = principalOf(identity);
  if (principal === undefined) return () => ({ allowed: true, how: 'the account’s root', told: 'may do everything' });
  const { clusterName, controllerId, region, vpcId } = settings;
  const request = {
    clusterName,
    controllerId,
    region,
    vpcId,
    account: identity.account,
    partition: partitionOf(identity),
  };
  const denied = new Set<string>();
  try {
    for (const asked of simulationsOf(rights, request))
      for (const action of await deniedBy(apis, principal, asked)) denied.add(`${asked.statement} ${action}`);
  } catch (error) {
    const why = `no call tells without changing something, and the policy cannot be simulated: ${toError(error).message}`;
    return () => ({ unknown: why });
  }
  const told = (allowed: boolean) => `the policies of ${principal} ${allowed ? 'allow' : 'do not allow'} it`;
  return ({ action, statement }) => {
    const allowed = !denied.has(`${statement} ${action}`);
    return { allowed, how: 'simulation', told: told(allowed) };
  };
}

async function deniedBy({ simulate }: AwsApis, principal: string, asked: Simulation): Promise<string[]> {
  const allowed = await simulate(principal, asked);
  return asked.actions.filter((action) => allowed.get(action) !== true);
}
