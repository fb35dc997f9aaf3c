import { RESOURCES } from '../../src/kube/resources.ts';
import type { ProofWorld } from './world.ts';

/** Of those that still run, the one that was started first: it has the lease. */
export const leaderOf = ({ operators }: ProofWorld): ProofWorld['operators'][number] => {
  const leader = operators.find(({ running }) => running());
  if (leader === undefined) throw new Error('no operator runs');
  return leader;
};

type LeaseSpec = { holderIdentity?: string; renewTime?: string };

/** What the leader wrote into the lease last; empty before anybody did. */
export async function leaseOf({ kube }: Pick<ProofWorld, 'kube'>): Promise<LeaseSpec> {
  const lease = await kube.get(RESOURCES.lease, { namespace: 'kube-system', name: 'podwire' });
  return (lease?.['spec'] as LeaseSpec | undefined) ?? {};
}
