import type { Clock } from '../../../runtime/clock.ts';

/** What becomes of an address that was freed. */
export type AddressReuse = {
  /** How long it rests before another pod may have it; 30 s, as with the VPC network plugin of AWS. */
  restMs: number;
  /** Which of the rested ones goes out next: the longest free (as with that plugin), or the one freed last, which looks for trouble. */
  next: 'longest free' | 'freed last';
};

const AWS_REUSE: AddressReuse = { restMs: 30_000, next: 'longest free' };

/** Addresses for pods. One that was freed rests for a while. */
export class AddressPool {
  readonly #free: { address: string; since: number }[];
  readonly #clock: Clock;
  readonly #range: AddressRange;
  #reuse: AddressReuse;

  /** `first` and `last` count the addresses of the IPv4 block, in which they are given out. */
  constructor(clock: Clock, range: AddressRange, reuse: AddressReuse = AWS_REUSE) {
    this.#clock = clock;
    this.#range = range;
    this.#reuse = reuse;
    this.#free = Array.from({ length: range.last - range.first + 1 }, (_, index) => {
      return { address: addressAt(range.cidr, range.first + index), since: Number.NEGATIVE_INFINITY };
    });
  }

  /** Holds from now on, also for addresses that rest already. */
  set reuse(reuse: AddressReuse) {
    this.#reuse = reuse;
  }

  take(): string {
    const rested = this.#clock.monotonic() - this.#reuse.restMs;
    const ready = ({ since }: { since: number }): boolean => since <= rested;
    const freedOnce = ({ since }: { since: number }): boolean => since > Number.NEGATIVE_INFINITY;
    const last = this.#free.findLastIndex((free) => ready(free) && freedOnce(free));
    const index = this.#reuse.next === 'freed last' && last >= 0 ? last : this.#free.findIndex(ready);
    return this.#remove(index) ?? this.#fail('no free pod address');
  }

  /** Takes one certain address, rested or not; throws while a pod has it. */
  takeThis(address: string): string {
    return this.#remove(this.#indexOf(address)) ?? this.#fail(`${address} is not free`);
  }

  giveBack(address: string): void {
    this.#free.push({ address, since: this.#clock.monotonic() });
  }

  /** Takes one certain address, where it is free: for a pod found running. */
  claim(address: string): void {
    this.#remove(this.#indexOf(address));
  }

  holds(address: string): boolean {
    const { cidr, first, last } = this.#range;
    return Array.from({ length: last - first + 1 }, (_, index) => addressAt(cidr, first + index)).includes(address);
  }

  #indexOf(address: string): number {
    return this.#free.findIndex((free) => free.address === address);
  }

  #remove(index: number): string | undefined {
    return index < 0 ? undefined : this.#free.splice(index, 1)[0]?.address;
  }

  #fail(what: string): never {
    const { cidr, first, last } = this.#range;
    throw new Error(`${what} in ${cidr} (${first}–${last})`);
  }
}

export type AddressRange = { cidr: string; first: number; last: number };

export function addressAt(cidr: string, offset: number): string {
  const [network = ''] = cidr.split('/');
  const number = network.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0) + offset;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** The IPv6 address that stands beside an IPv4 one: the block's first six groups, then the four bytes. */
export function ipv6Beside(prefix: string, address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${prefix}::${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
