import { Denied, toError } from '../../errors.ts';
import type { Inquiry } from '../../kube/inquiry.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { Unauthorized } from '../../kube/errors.ts';
import type { ApiServerFacts, DoctorFacts, Known } from '../../model/doctor/facts.ts';
import { known } from './known.ts';

/** Asks who is there and who asks. */
export async function readApiServer(inquiry: Inquiry, server: string): Promise<ApiServerFacts> {
  try {
    const version = await inquiry.version();
    return { server, version, account: await readAccount(inquiry), aheadMs: inquiry.aheadMs() };
  } catch (error) {
    const trouble = error instanceof Denied ? 'refused' : 'unreachable';
    return { trouble, server, message: toError(error).message };
  }
}

/** Everybody is told the version: only here does it show whether the credentials are taken. */
async function readAccount(inquiry: Inquiry): Promise<Known<string>> {
  try {
    return { value: await inquiry.account() };
  } catch (error) {
    if (error instanceof Unauthorized) throw error;
    return { unknown: toError(error).message };
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
