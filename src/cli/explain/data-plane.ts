import { load } from 'js-yaml';
import { Denied } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { KernelDataPlane } from '../../model/explain/facts.ts';

const NAMESPACE = 'kube-system';
/** kubeadm keeps kube-proxy's configuration in the first, EKS in the second. */
const KUBE_PROXY = ['kube-proxy', 'kube-proxy-config'];
const FILES = ['config.conf', 'config'];

type Read = { data: Record<string, string> } | { denied: true } | undefined;

/** Who carries packets from node ports to pods, as the ConfigMaps of kube-system say. */
export async function readDataPlane(kube: Pick<KubeApi, 'get'>): Promise<KernelDataPlane> {
  const read = (name: string): Promise<Read> => readConfigMap(kube, name);
  const [cilium, ...proxies] = await Promise.all([read('cilium-config'), ...KUBE_PROXY.map(read)]);
  const replaced = cilium && 'data' in cilium ? ciliumOf(cilium.data) : undefined;
  if (replaced !== undefined) return replaced;
  const found = proxies.flatMap((one) => (one && 'data' in one ? [kubeProxyOf(one.data) ?? []].flat() : []));
  return found[0] ?? { kind: 'unknown', because: whyUnknown([cilium, ...proxies]) };
}

async function readConfigMap(kube: Pick<KubeApi, 'get'>, name: string): Promise<Read> {
  try {
    const object = await kube.get(RESOURCES.configMap, { namespace: NAMESPACE, name });
    return object && { data: (object['data'] as Record<string, string> | undefined) ?? {} };
  } catch (error) {
    if (error instanceof Denied) return { denied: true };
    throw error;
  }
}

const whyUnknown = (read: Read[]): string =>
  read.some((one) => one !== undefined && 'denied' in one)
    ? `the ConfigMaps of ${NAMESPACE} may not be read`
    : `${NAMESPACE} has no ConfigMap ${KUBE_PROXY.join(' or ')}`;

/** Cilium replaces kube-proxy where its option says `true` or `strict`; it balances at random or by Maglev. */
function ciliumOf(data: Record<string, string>): KernelDataPlane | undefined {
  const option = data['kube-proxy-replacement'];
  if (option !== 'true' && option !== 'strict') return undefined;
  const maglev = data['bpf-lb-algorithm'] === 'maglev';
  return { kind: 'eBPF', by: 'Cilium', algorithm: maglev ? 'by Maglev hash' : 'at random' };
}

function kubeProxyOf(data: Record<string, string>): KernelDataPlane | undefined {
  const text = FILES.map((file) => data[file]).find((one) => one !== undefined);
  if (text === undefined) return undefined;
  const { mode, ipvs } = parsed(text);
  const scheduler = typeof ipvs?.scheduler === 'string' && ipvs.scheduler !== '' ? ipvs.scheduler : undefined;
  return {
    kind: 'kube-proxy',
    // Nothing said is iptables on Linux.
    mode: typeof mode === 'string' && mode !== '' ? mode : 'iptables',
    ...(scheduler !== undefined && { scheduler }),
  };
}

type Configuration = { mode?: unknown; ipvs?: { scheduler?: unknown } | null };

function parsed(text: string): Configuration {
  try {
    return (load(text) ?? {}) as Configuration;
  } catch {
    return {};
  }
}
