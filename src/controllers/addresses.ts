import type { Ingress, LoadBalancerObject, TargetGroupObject } from '../cluster/objects.ts';
import { Gone, Invalid } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Member } from '../model/input.ts';
import type { Clock } from '../runtime/clock.ts';

/** How long a load balancer may wait for a healthy target before its address is told all the same. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 5_000;

export type AddressDeps = { kube: KubeApi; clock: Clock };

export type Announced = {
  members: Member[];
  objects: TargetGroupObject[];
  ledger: LoadBalancerObject | undefined;
  /** ARN by resource id of all that stands: of a group that was just made the object may not be seen yet. */
  resources: Record<string, string>;
  dnsName: string;
};

/**
 * Writes the load balancer's address on every member it answers for: once each of the member's groups has a healthy target,
 * after 60 s, or at once where nothing is forwarded. Never withdrawn while the load balancer exists. Returns when to look again.
 */
export async function announceAddress(deps: AddressDeps, stack: Announced): Promise<number | undefined> {
  const silent = stack.members.filter(({ ingress }) => !hasAddress(ingress, stack.dnsName));
  const ready = silent.filter((member) => mayAnnounce(member, stack, deps.clock.now()));
  await Promise.all(ready.map(({ ingress }) => writeAddress(deps.kube, ingress, stack.dnsName)));
  return ready.length < silent.length ? AGAIN_MS : undefined;
}

const hasAddress = ({ hostnames }: Ingress, dnsName: string): boolean =>
  hostnames.length === 1 && hostnames[0] === dnsName;

function mayAnnounce({ ingress, services }: Member, stack: Announced, now: number): boolean {
  const { objects, ledger, resources } = stack;
  const created = ledger === undefined ? now : Date.parse(ledger.created);
  if (now - created >= PATIENCE_MS) return true;
  const own = services.map(({ name }) => `target-group/${ingress.namespace}/${name}:`);
  const healthy = new Set(objects.flatMap(({ spec, status }) => ((status.healthy ?? 0) > 0 ? [spec.arn] : [])));
  return Object.entries(resources)
    .filter(([id]) => own.some((prefix) => id.startsWith(prefix)))
    .every(([, arn]) => healthy.has(arn));
}

async function writeAddress(kube: KubeApi, { namespace, name }: Ingress, hostname: string): Promise<void> {
  const body = { status: { loadBalancer: { ingress: [{ hostname }] } } };
  const patch = { type: 'merge', body, subresource: 'status' } as const;
  await kube.patch(RESOURCES.ingress, { namespace, name }, patch).catch((error: unknown) => {
    if (!(error instanceof Gone)) throw error;
  });
}

/** Takes these addresses off the Ingresses that show one: nothing of ours answers there any more, or not for them. */
export async function withdrawAddresses(
  kube: KubeApi,
  ingresses: Iterable<Ingress>,
  addresses: ReadonlySet<string>,
): Promise<void> {
  const showing = [...ingresses].filter(({ hostnames }) => hostnames.some((name) => addresses.has(name)));
  await Promise.all(showing.map((ingress) => withdrawAddress(kube, ingress)));
}

// Only while it is still the address we saw: another stack, or another controller, may have written its own since.
async function withdrawAddress(kube: KubeApi, { namespace, name, hostnames: [hostname] }: Ingress): Promise<void> {
  const body = [
    { op: 'test', path: '/status/loadBalancer/ingress/0/hostname', value: hostname },
    { op: 'remove', path: '/status/loadBalancer/ingress' },
  ];
  const patch = { type: 'json', body, subresource: 'status' } as const;
  await kube.patch(RESOURCES.ingress, { namespace, name }, patch).catch((error: unknown) => {
    if (!(error instanceof Gone) && !(error instanceof Invalid)) throw error;
  });
}
