import type { Clock } from '../../../runtime/clock.ts';

/** Addresses for pods. One that was freed rests for a while, and the longest free goes out first. */
export class AddressPool {
  readonly #free: { address: string; from: number }[];
  readonly #clock: Clock;
  readonly #name: string;

  /** `first` and `last` count the addresses of the IPv4 block, in which they are given out. */
  constructor(clock: Clock, range: AddressRange) {
    this.#clock = clock;
    this.#name = `${range.cidr} (${range.first}–${range.last})`;
    this.#free = Array.from({ length: range.last - range.first + 1 }, (_, index) => {
      return { address: addressAt(range.cidr, range.first + index), from: 0 };
    });
  }

  take(): string {
    const [next] = this.#free;
    if (next === undefined || next.from > this.#clock.monotonic())
      throw new Error(`no free pod address in ${this.#name}`);
    this.#free.shift();
    return next.address;
  }

  giveBack(address: string): void {
    this.#free.push({ address, from: this.#clock.monotonic() + REST_MS });
  }

  /** Takes one certain address, where it is free: for a pod found running. */
  claim(address: string): void {
    const index = this.#free.findIndex((free) => free.address === address);
    if (index >= 0) this.#free.splice(index, 1);
  }
}

export type AddressRange = { cidr: string; first: number; last: number };

/** As long as the VPC network plugin of AWS lets an address rest. */
const REST_MS = 30_000;

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
