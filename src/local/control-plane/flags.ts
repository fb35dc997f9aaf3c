import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Ports = { etcd: number; etcdPeer: number; apiServer: number; controllerManager: number };
export type Place = { dir: string; ports: Ports };

/** Only what Podwire meets in a cluster; there is no scheduler and no cloud provider. */
const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'endpointslice-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'disruption-controller',
  'statefulset-controller',
  'daemonset-controller',
  'job-controller',
  'pod-garbage-collector-controller',
  'root-ca-certificate-publisher-controller',
] as const;
export type Controller = (typeof CONTROLLERS)[number];

export function etcdFlags({ dir, ports }: Place): string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return flags({
    'data-dir': join(dir, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'unsafe-no-fsync': 'true', // a crash may lose it all: it lives as long as one test
  });
}

export function apiServerFlags({ dir, ports }: Place): string[] {
  return flags({
    'etcd-servers': `http://127.0.0.1:${ports.etcd}`,
    'bind-address': '127.0.0.1',
    'secure-port': String(ports.apiServer),
    'cert-dir': join(dir, 'certs'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': join(dir, 'sa.pub'),
    'service-account-signing-key-file': join(dir, 'sa.key'),
    'service-cluster-ip-range': '10.96.0.0/16,fd00:10:96::/112',
    'token-auth-file': join(dir, 'tokens.csv'),
    'authorization-mode': 'RBAC',
    // Nothing runs in a pod here, and the loopback address would be refused in the server's own Endpoints.
    'disable-admission-plugins': 'ServiceAccount',
    'advertise-address': '10.244.255.1',
    // By this kind of address a process kubelet says where it serves logs: those of its nodes stand for themselves on loopback.
    'kubelet-preferred-address-types': 'InternalDNS,InternalIP',
    // There are no Service addresses here: what is asked of a Service goes to one of its pods.
    'enable-aggregator-routing': 'true',
    'egress-selector-config-file': egressFile(dir),
  });
}

const egressFile = (dir: string): string => join(dir, 'egress.json');
/** Where the API server looks for the way to pods; a Unix socket has a name of at most 104 bytes. */
export const podNetworkPath = (dir: string): string => join(dir, 'pods.sock');

/** Says that calls to pods and nodes go that way, and all others directly. */
export async function writeEgress(dir: string): Promise<void> {
  const uds = { udsName: podNetworkPath(dir) };
  const connection = { proxyProtocol: 'HTTPConnect', transport: { uds } };
  const egressSelections = [{ name: 'cluster', connection }];
  const config = { apiVersion: 'apiserver.k8s.io/v1beta1', kind: 'EgressSelectorConfiguration', egressSelections };
  await writeFile(egressFile(dir), JSON.stringify(config));
}

export function controllerManagerFlags({ dir, ports }: Place, without: readonly Controller[] = []): string[] {
  return flags({
    kubeconfig: join(dir, 'controller-manager.kubeconfig'),
    'leader-elect': 'false',
    'bind-address': '127.0.0.1',
    'secure-port': String(ports.controllerManager),
    'cert-dir': join(dir, 'controller-manager-certs'),
    'service-account-private-key-file': join(dir, 'sa.key'),
    // The server's certificate is its own authority; pods find it in the ConfigMap kube-root-ca.crt of their namespace.
    'root-ca-file': join(dir, 'certs', 'apiserver.crt'),
    controllers: CONTROLLERS.filter((name) => !without.includes(name)).join(','),
  });
}

function flags(table: Record<string, string>): string[] {
  return Object.entries(table).map(([name, value]) => `--${name}=${value}`);
}
