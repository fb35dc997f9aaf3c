import type { KernelDataPlane, LoadBalancerView, TargetGroupView } from './facts.ts';

/** How a target group chooses among its targets: `round_robin, no stickiness`. Defaults are AWS's. */
export function balancingOf({ attributes, protocol }: Pick<TargetGroupView, 'attributes' | 'protocol'>): string {
  const byFlow = /^(TCP|UDP|TLS|TCP_UDP)$/.test(protocol);
  const algorithm = byFlow ? 'flow hash' : (attributes['load_balancing.algorithm.type'] ?? 'round_robin');
  return `${algorithm}, ${stickinessOf(attributes)}`;
}

function stickinessOf(attributes: Record<string, string>): string {
  if (attributes['stickiness.enabled'] !== 'true') return 'no stickiness';
  const type = attributes['stickiness.type'] ?? 'lb_cookie';
  const seconds = attributes[`stickiness.${type}.duration_seconds`];
  return `sticky by ${type}${seconds === undefined ? '' : ` for ${seconds} s`}`;
}

/** Whether each node of the load balancer sends to targets of all zones. An Application Load Balancer does unless the group says otherwise. */
export function crossesZones({ attributes }: TargetGroupView, loadBalancer: LoadBalancerView): boolean {
  const own = attributes['load_balancing.cross_zone.enabled'] ?? 'use_load_balancer_configuration';
  if (own !== 'use_load_balancer_configuration') return own === 'true';
  const usual = loadBalancer.type === 'application' ? 'true' : 'false';
  return (loadBalancer.attributes['load_balancing.cross_zone.enabled'] ?? usual) === 'true';
}

/** IPVS schedulers by their short names (kube-proxy, `ipvs.scheduler`). */
const SCHEDULERS: Record<string, string> = {
  rr: 'round robin',
  lc: 'least connections',
  dh: 'by hash of the destination',
  sh: 'by hash of the source',
  sed: 'shortest expected delay',
  nq: 'never queue',
};

/** How the kernel of a node chooses a pod behind a node port, and who tells it so. */
export function kernelChoice(plane: KernelDataPlane): string {
  if (plane.kind === 'unknown') return `kube-proxy's mode is not known: ${plane.because}`;
  if (plane.kind === 'eBPF')
    return `kube-proxy: none; ${plane.by} replaces it with eBPF and chooses ${plane.algorithm}`;
  if (plane.mode !== 'ipvs') return `kube-proxy in mode ${plane.mode} chooses at random`;
  const { scheduler = 'rr' } = plane;
  const about = SCHEDULERS[scheduler];
  return `kube-proxy in mode ipvs chooses by ${scheduler}${about === undefined ? '' : ` (${about})`}`;
}

/** The step of the node's kernel that a packet to a pod's own address does not take. */
export function skippedStep(plane: KernelDataPlane): string {
  const what = 'node port, translation of addresses (DNAT, SNAT) and the second choice of a pod';
  if (plane.kind === 'eBPF') return `${plane.by}'s: ${what}`;
  if (plane.kind === 'unknown') return `kube-proxy's: ${what}`;
  const names: Record<string, string> = {
    iptables: 'chains KUBE-NODEPORTS, KUBE-SVC, KUBE-SEP',
    ipvs: 'virtual server',
  };
  const detail = names[plane.mode];
  return `kube-proxy's (${plane.mode}${detail === undefined ? '' : `: ${detail}`}): ${what}`;
}
