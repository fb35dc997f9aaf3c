import type { Clock } from '../../../runtime/clock.ts';
import type { Pod } from '../objects.ts';
import { AddressPool, type AddressReuse } from './address-pool.ts';
import { ANNOTATION_PREFIX } from './app.ts';
import type { NodeOptions } from './node.ts';

/** An address that a pod has until it ends. */
export type AddressLease = { address: string; end(): void };

/**
 * The addresses of one node and its pods. A pod chooses by annotation: `local.podwire.dev/address-pool: overlay` takes one outside
 * the VPC, `local.podwire.dev/address: 10.0.1.40` this one and no other, rested or not, once nobody has it.
 */
export class NodeAddresses {
  readonly #node: NodeOptions;
  readonly #pools: Record<'vpc' | 'overlay', AddressPool>;

  constructor(clock: Clock, node: NodeOptions) {
    this.#node = node;
    this.#pools = { vpc: new AddressPool(clock, node.pools.vpc), overlay: new AddressPool(clock, node.pools.overlay) };
  }

  set reuse(reuse: AddressReuse) {
    for (const pool of Object.values(this.#pools)) pool.reuse = reuse;
  }

  isAskedForBy(pod: Pod): boolean {
    const asked = askedAddress(pod);
    return asked !== undefined && this.#poolOf(pod).holds(asked);
  }

  /** Throws when there is none. A pod found running, after a restart of the kubelet, keeps its address. */
  lease(pod: Pod): AddressLease {
    if (pod.spec.hostNetwork) return { address: this.#node.address, end: () => undefined };
    const pool = this.#poolOf(pod);
    const address = takenFrom(pool, pod);
    return { address, end: () => pool.giveBack(address) };
  }

  #poolOf({ metadata }: Pod): AddressPool {
    const overlay = metadata.annotations?.[`${ANNOTATION_PREFIX}address-pool`] === 'overlay';
    return overlay ? this.#pools.overlay : this.#pools.vpc;
  }
}

const askedAddress = ({ metadata, spec }: Pod): string | undefined =>
  spec.hostNetwork ? undefined : metadata.annotations?.[`${ANNOTATION_PREFIX}address`];

function takenFrom(pool: AddressPool, pod: Pod): string {
  const { podIP } = pod.status ?? {};
  const asked = askedAddress(pod);
  if (podIP === undefined) return asked === undefined ? pool.take() : pool.takeThis(asked);
  pool.claim(podIP);
  return podIP;
}
