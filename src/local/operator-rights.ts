import { policyOf } from '../aws/policy.ts';
import { FEATURE_NAMES } from '../aws/rights/features.ts';
import { SETTINGS } from './aws/settings.ts';

/** Holds the operator of a cluster to the policy that `podwire iam` prints for it, all features of it. Returns its credentials; who has others may do everything. */
export async function permitOperator(awsUrl: string, clusterName: string): Promise<Record<string, string>> {
  const accessKey = `operator.${clusterName}`;
  const policy = policyOf({ clusterName, vpcId: SETTINGS.vpcId.value, features: FEATURE_NAMES });
  const body = JSON.stringify({ [accessKey]: policy });
  const { ok, status } = await fetch(`${awsUrl}/_podwire/policies`, { method: 'POST', body });
  if (!ok) throw new Error(`local AWS at ${awsUrl} did not take the policy of ${accessKey}: ${status}`);
  return { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: 'local' };
}
