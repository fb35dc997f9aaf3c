import type { KubeApi, KubeObject } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { KINDS } from './cluster/objects.ts';
import type { ListenerAddress } from './aws/dataplane/address-book.ts';
import { realClock } from '../runtime/clock.ts';
import type { LocalAwsProcess } from './aws-process.ts';
import { until } from './until.ts';
import { type LoadTarget, type Sending, sendRequest } from './traffic/request.ts';

/** Local AWS and the cluster it serves. */
export type World = { aws: LocalAwsProcess; kube: KubeApi };

export type TargetState = { id: string; port: number; state: string; reason?: string };
type GroupState = { name: string; targets: Record<string, TargetState> };

/** Targets of all groups in local AWS, by group name. */
export async function targetsOf({ aws }: World): Promise<Map<string, TargetState[]>> {
  const { targetGroups } = await aws.control<{ targetGroups: Record<string, GroupState> }>('state');
  return new Map(Object.values(targetGroups).map(({ name, targets }) => [name, Object.values(targets)]));
}

/** The address of an Ingress, once its status has one. */
export function addressOf({ kube }: World, namespace: string, name: string): Promise<string> {
  return until(`an address of Ingress ${namespace}/${name}`, async () => {
    const ingress = await kube.get(RESOURCES.ingress, { namespace, name });
    const status = ingress?.status as { loadBalancer?: { ingress?: { hostname: string }[] } } | undefined;
    return status?.loadBalancer?.ingress?.[0]?.hostname;
  });
}

/** Listeners of a load balancer on all its nodes; they open with the nodes' lag. */
export function listenersOf({ aws }: World, dnsName: string, count: number): Promise<ListenerAddress[]> {
  return until(`${count} listeners of ${dnsName}`, async () => {
    const all = await aws.control<ListenerAddress[]>('addresses');
    const ours = all.filter((one) => one.dnsName === dnsName);
    return ours.length >= count && ours;
  });
}

type PodStatus = { conditions?: { type: string; status: string }[]; podIP?: string };
type PodSpec = { containers: { env?: { name: string; value?: string }[] }[] };

export type PodView = { name: string; ip: string; ready: boolean; leaving: boolean; version: string };

export async function podsOf({ kube }: World, namespace: string): Promise<PodView[]> {
  return (await kube.list(KINDS.pod, { namespace })).map(podView);
}

function podView({ metadata, status, spec }: KubeObject): PodView {
  const { conditions = [], podIP = '' } = (status ?? {}) as PodStatus;
  const env = (spec as PodSpec).containers[0]?.env ?? [];
  return {
    name: metadata.name,
    ip: podIP,
    ready: conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    leaving: metadata.deletionTimestamp !== undefined,
    version: env.find(({ name }) => name === 'VERSION')?.value ?? '',
  };
}

/** Resolves once each of these has been answered; nodes learn of their targets with a lag. Not part of any measurement. */
export async function answered(targets: LoadTarget[]): Promise<void> {
  const sending: Sending = { clock: realClock, timeoutMs: 5_000, ca: undefined, sign: { field: 'pod' }, agents: false };
  for (const target of targets.filter(({ url }) => url.startsWith('http:'))) {
    const where = `${target.url} at ${target.connect?.host ?? ''}`;
    await until(`an answer of ${where}`, async () => (await sendRequest(target, sending)).failure === undefined);
  }
}
