import type { Ingress, TargetGroupObject } from '../cluster/objects.ts';
import { Gone, Invalid } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Member } from '../model/input.ts';
import type { Clock } from '../runtime/clock.ts';

/** How long a member waits for a healthy target before the address is told all the same. */
const PATIENCE_MS = 60_000;
/** The same where the member shows the address of a load balancer that is being replaced and still serves. */
const LONG_PATIENCE_MS = 600_000;
const AGAIN_MS = 5_000;
/** How long clients may ask for an address that no Ingress shows any more: records follow late, and answers of DNS are kept. */
export const ASKED_MS = 180_000;
const REMEMBERED_MS = 3_600_000;

export type AddressDeps = { kube: KubeApi; clock: Clock; addresses: Addresses };

export type Announced = {
  stack: string;
  members: Member[];
  objects: TargetGroupObject[];
  /** ARN by resource id of all that stands: of a group that was just made the object may not be seen yet. */
  resources: Record<string, string>;
  dnsName: string;
  /** Whether something of the stack is not as it should be: the address then waits for healthy targets, however long. */
  failed: boolean;
  /** Another load balancer of the stack serves on until this one does. */
  replaces?: { active: boolean };
};

/** Since when members wait for their address, and until when clients may ask for one that is shown no more. */
export class Addresses {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Map<string, number>>(); // stack -> uid of an Ingress and address -> since when
  readonly #shown = new Map<string, number>(); // DNS name -> when an Ingress showed it last

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long each of the members waits for this address, in milliseconds; the others of the stack are forgotten. */
  waitedMs(stack: string, silent: Member[], dnsName: string): number[] {
    const now = this.#clock.monotonic();
    const before = this.#waiting.get(stack);
    const keys = silent.map(({ ingress }) => `${ingress.uid} ${dnsName}`);
    const since = new Map(keys.map((key) => [key, before?.get(key) ?? now]));
    if (keys.length > 0) this.#waiting.set(stack, since);
    else this.#waiting.delete(stack);
    return [...keys].map((key) => now - (since.get(key) ?? now));
  }

  /** Whether clients may still ask for the address. One that was not asked about before counts as shown until now. */
  isAsked(dnsName: string, members: Member[]): boolean {
    const now = this.#clock.monotonic();
    for (const [name, at] of this.#shown) if (now - at > REMEMBERED_MS) this.#shown.delete(name);
    const isShown = members.some(({ ingress }) => ingress.hostnames.includes(dnsName));
    if (isShown || !this.#shown.has(dnsName)) this.#shown.set(dnsName, now);
    return now - (this.#shown.get(dnsName) ?? now) < ASKED_MS;
  }

  forget(stack: string): void {
    this.#waiting.delete(stack);
  }
}

/**
 * Writes the load balancer's address on every member it answers for: once each of the member's groups has a healthy target,
 * after 60 s, or at once where nothing is forwarded. Never withdrawn while the load balancer exists; where that one is
 * replaced, its address stays until the other one is active and has healthy targets. Returns when to look again.
 */
export async function announceAddress(deps: AddressDeps, stack: Announced): Promise<number | undefined> {
  const silent = stack.members.filter(({ ingress }) => !hasAddress(ingress, stack.dnsName));
  const waited = deps.addresses.waitedMs(stack.stack, silent, stack.dnsName);
  const ready = silent.filter((member, index) => mayAnnounce(member, stack, waited[index] ?? 0));
  await Promise.all(ready.map(({ ingress }) => writeAddress(deps.kube, ingress, stack.dnsName)));
  return ready.length < silent.length ? AGAIN_MS : undefined;
}

const hasAddress = ({ hostnames }: Ingress, dnsName: string): boolean =>
  hostnames.length === 1 && hostnames[0] === dnsName;

function mayAnnounce(member: Member, stack: Announced, waitedMs: number): boolean {
  const { failed, replaces, resources } = stack;
  if (!Object.keys(resources).some((id) => id.startsWith('listener/'))) return false;
  const leaves = replaces !== undefined && member.ingress.hostnames.length > 0;
  if (leaves && !replaces.active) return false;
  if (!failed && waitedMs >= (leaves ? LONG_PATIENCE_MS : PATIENCE_MS)) return true;
  return hasHealthyTargets(member, stack);
}

function hasHealthyTargets({ ingress, services }: Member, { objects, resources }: Announced): boolean {
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
