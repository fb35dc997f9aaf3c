import { Denied, toError } from '../../errors.ts';
import type { Inquiry } from '../../kube/inquiry.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { ApiServerFacts, DoctorFacts } from '../../model/doctor/facts.ts';
import { known } from './known.ts';

/** Asks who is there and who asks. */
export async function readApiServer(inquiry: Inquiry, server: string): Promise<ApiServerFacts> {
  try {
    const version = await inquiry.version();
    return { server, version, account: await known(inquiry.account()), aheadMs: inquiry.aheadMs() };
  } catch (error) {
    const trouble = error instanceof Denied ? 'refused' : 'unreachable';
    return { trouble, server, message: toError(error).message };
  }
}

type NodeStatus = { nodeInfo?: { kubeletVersion?: string } };

/** The version of every kubelet. */
export function readKubelets(inquiry: Inquiry): Promise<DoctorFacts['kubelets']> {
  const versions = async () =>
    (await inquiry.list(RESOURCES.node)).map(({ metadata, status }) => ({
      node: metadata.name,
      version: ((status ?? {}) as NodeStatus).nodeInfo?.kubeletVersion ?? '',
    }));
  return known(versions());
}
