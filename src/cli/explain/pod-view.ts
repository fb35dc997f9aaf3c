import { projectPod } from '../../cluster/projections/pod.ts';
import type { KubeObject } from '../../kube/api.ts';
import type { ContainerView, PodView, ProbeView, ReplicaSetView } from '../../model/explain/facts.ts';

type Port = { name?: string; containerPort: number };
type HttpGet = { scheme?: string; path?: string; port: string | number };
type Probe = { httpGet?: HttpGet; tcpSocket?: { port: string | number }; grpc?: { port: number }; exec?: object };
type Container = { name: string; ports?: Port[]; readinessProbe?: Probe };
type State = { running?: object; waiting?: { reason?: string; message?: string } };
type ContainerStatus = { name: string; ready: boolean; state?: State };
type Condition = { type: string; status: string; reason?: string; message?: string };
type Status = { conditions?: Condition[]; containerStatuses?: ContainerStatus[] };

/** A pod with what its containers say of themselves. Throws Invalid where it cannot be read. */
export function podView(object: KubeObject, controllerId?: string): PodView {
  const { containers = [] } = (object['spec'] ?? {}) as { containers?: Container[] };
  const { conditions = [], containerStatuses = [] } = (object['status'] ?? {}) as Status;
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  return {
    ...projectPod(object, controllerId),
    ...(scheduled?.status === 'False' && { unscheduled: scheduled.message ?? scheduled.reason ?? 'not scheduled' }),
    containers: containers.map((one) => containerView(one, containerStatuses)),
  };
}

function containerView({ name, ports = [], readinessProbe }: Container, statuses: ContainerStatus[]): ContainerView {
  const status = statuses.find((one) => one.name === name);
  const probe = readinessProbe && probeView(readinessProbe, ports);
  return {
    name,
    running: status?.state?.running !== undefined,
    ready: status?.ready ?? false,
    ...waitingOf(status),
    ...(probe && { probe }),
  };
}

function waitingOf(status: ContainerStatus | undefined): Pick<ContainerView, 'waiting'> {
  const waiting = status?.state?.waiting;
  return waiting === undefined ? {} : { waiting: { reason: waiting.reason ?? '', message: waiting.message ?? '' } };
}

function probeView({ httpGet, tcpSocket, grpc }: Probe, ports: Port[]): ProbeView {
  if (httpGet !== undefined) {
    const scheme = httpGet.scheme === 'HTTPS' ? 'HTTPS' : 'HTTP';
    return { scheme, path: httpGet.path ?? '/', ...portView(httpGet.port, ports) };
  }
  if (tcpSocket !== undefined) return { scheme: 'TCP', path: '', ...portView(tcpSocket.port, ports) };
  if (grpc !== undefined) return { scheme: 'gRPC', path: '', ...portView(grpc.port, ports) };
  return { scheme: 'exec', path: '', port: '' };
}

function portView(port: string | number, ports: Port[]): Pick<ProbeView, 'port' | 'number'> {
  const number = typeof port === 'number' ? port : ports.find(({ name }) => name === port)?.containerPort;
  return { port: String(port), ...(number !== undefined && { number }) };
}

type ReplicaSetSpec = { replicas?: number; template?: { metadata?: { labels?: Record<string, string> } } };

/** A ReplicaSet and why it cannot make its pods. */
export function replicaSetView({ metadata, ...object }: KubeObject): ReplicaSetView {
  const { replicas = 1, template } = (object['spec'] ?? {}) as ReplicaSetSpec;
  const status = (object['status'] ?? {}) as { replicas?: number; conditions?: Condition[] };
  const failure = status.conditions?.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  return {
    name: metadata.name,
    wanted: replicas,
    pods: status.replicas ?? 0,
    labels: template?.metadata?.labels ?? {},
    ...(failure && { failure: failure.message ?? failure.reason ?? '' }),
  };
}
