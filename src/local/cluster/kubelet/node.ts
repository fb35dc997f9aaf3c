import { Conflict } from '../../../errors.ts';
import type { KubeApi } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { REGION, vpcOf, type ZoneSetting } from '../../vpc.ts';
import { KINDS } from '../objects.ts';
import { timestamp } from '../timestamp.ts';
import { type AddressRange, addressAt } from './address-pool.ts';

/** One node of the cluster, and where its pods get their addresses. */
export type NodeOptions = {
  name: string;
  zone: string;
  instanceId: string;
  /** InternalIP, from the subnet of the instance. */
  address: string;
  /** `vpc` is the usual pool; a pod with the annotation `local.podwire.dev/address-pool: overlay` gets its address from that one. */
  pools: { vpc: AddressRange; overlay: AddressRange };
  /** First groups of the pods' IPv6 addresses, for example `fd00:10`; without it pods have IPv4 only. */
  ipv6Prefix?: string;
  labels?: Record<string, string>;
  /** Where the kubelet serves what containers printed, on 127.0.0.1; without it nobody can ask. */
  logPort?: number;
};

export type NodesRequest = {
  count?: number;
  /** Zones and private subnets that differ from those of the slot. */
  zones?: Pick<ZoneSetting, 'name' | 'privateCidr'>[];
  ipv6Prefix?: string;
  /** Which range of addresses of this machine is used; see `claimSlot`. */
  slot?: number;
};

/** Addresses in a private subnet, counted from its beginning: the local load balancers count from its end. */
const NODE_OFFSET = 10;
const POD_RANGE = { first: 40, last: 199 };
const MOST_NODES_IN_ZONE = 30;

/** Nodes spread over the zones of local AWS' default VPC. */
export function localNodes(request: NodesRequest = {}): NodeOptions[] {
  const { count = 3, ipv6Prefix, slot = 0, zones = vpcOf(slot).zones } = request;
  const nodesInZone = Math.ceil(count / zones.length);
  if (count > zones.length * MOST_NODES_IN_ZONE)
    throw new Error(`nodes: wanted at most ${zones.length * MOST_NODES_IN_ZONE}, got ${count}`);
  return Array.from({ length: count }, (_, index) => {
    const zone = zones[index % zones.length] as (typeof zones)[number];
    const inZone = Math.floor(index / zones.length);
    return {
      ...nodeAt(index, { zone, inZone, nodesInZone, slot }),
      ...(ipv6Prefix !== undefined && { ipv6Prefix }),
    };
  });
}

type Place = { zone: Pick<ZoneSetting, 'name' | 'privateCidr'>; inZone: number; nodesInZone: number; slot: number };

function nodeAt(index: number, { zone, inZone, nodesInZone, slot }: Place): NodeOptions {
  const { privateCidr: cidr } = zone;
  const address = addressAt(cidr, NODE_OFFSET + inZone);
  const share = Math.floor((POD_RANGE.last - POD_RANGE.first + 1) / nodesInZone);
  const first = POD_RANGE.first + inZone * share;
  return {
    name: `ip-${address.replaceAll('.', '-')}.${REGION}.compute.internal`,
    zone: zone.name,
    instanceId: `i-0${(0xabc000 + index).toString(16).padStart(16, '0')}`,
    address,
    pools: {
      vpc: { cidr, first, last: first + share - 1 },
      overlay: { cidr: `100.${64 + slot}.${index + 1}.0/24`, first: 10, last: 250 },
    },
  };
}

/** Makes the Node object ready for pods, whether it was there before or not. */
export async function registerNode(api: KubeApi, clock: Clock, node: NodeOptions): Promise<void> {
  const spec = { providerID: `aws:///${node.zone}/${node.instanceId}` };
  const object = { metadata: { name: node.name, labels: labelsOf(node) }, spec };
  await api.create(KINDS.node, object).catch((error: unknown) => {
    if (!(error instanceof Conflict)) throw error;
  });
  const key = { name: node.name };
  // A new node carries the taint not-ready until somebody who looks after nodes takes it away.
  const body = { metadata: { labels: labelsOf(node) }, spec: { ...spec, taints: null } };
  await api.patch(KINDS.node, key, { type: 'merge', body });
  await api.patch(KINDS.node, key, { type: 'merge', body: { status: statusOf(node, clock) }, subresource: 'status' });
}

/** Says in the status whether the node takes pods. */
export async function setNodeReady(
  api: KubeApi,
  clock: Clock,
  { node, ready }: { node: NodeOptions; ready: boolean },
): Promise<void> {
  const body = { status: { conditions: [readyCondition(clock, ready)] } };
  await api.patch(KINDS.node, { name: node.name }, { type: 'merge', body, subresource: 'status' });
}

function readyCondition(clock: Clock, ready: boolean): object {
  const time = timestamp(clock);
  const times = { lastHeartbeatTime: time, lastTransitionTime: time };
  return ready
    ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status', ...times }
    : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'node is shutting down', ...times };
}

function labelsOf({ name, zone, labels }: NodeOptions): Record<string, string> {
  return {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'node.kubernetes.io/instance-type': 'm7i.large',
    'topology.kubernetes.io/region': zone.slice(0, -1),
    'topology.kubernetes.io/zone': zone,
    ...labels,
  };
}

function statusOf({ name, address, logPort: Port }: NodeOptions, clock: Clock): object {
  const room = { cpu: '2', memory: '8Gi', pods: '110' };
  return {
    capacity: room,
    allocatable: room,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
      // The one kind of address that only an API server which is told so asks for, and nothing else here.
      ...(Port === undefined ? [] : [{ type: 'InternalDNS', address: '127.0.0.1' }]),
    ],
    ...(Port !== undefined && { daemonEndpoints: { kubeletEndpoint: { Port } } }),
    conditions: [readyCondition(clock, true)],
    nodeInfo: {
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: '',
      osImage: 'podwire local',
      containerRuntimeVersion: 'podwire://1',
      kubeletVersion: 'v1.36.3',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}
