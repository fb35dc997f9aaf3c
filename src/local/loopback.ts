import { isIPv4 } from 'node:net';

export type SocketAddress = { host: string; port: number };

/**
 * Where the local stand-in for a port of an address in the VPC or the cluster listens; whoever listens or dials asks here.
 * The first byte becomes 127: 10.0.1.7 is 127.0.1.7, 100.64.3.4 is 127.64.3.4, and an IPv6 address counts by its last four
 * bytes. macOS has only 127.0.0.1, so there the address is folded into the port.
 */
export function loopbackOf(address: string, port: number, platform: NodeJS.Platform = process.platform): SocketAddress {
  const bytes = isIPv4(address) ? address.split('.').map(Number) : lastBytes(address);
  if (platform !== 'darwin') return { host: `127.${bytes.slice(1).join('.')}`, port };
  return { host: '127.0.0.1', port: folded([...bytes.slice(1), port >> 8, port & 255]) };
}

/** Load balancer nodes of one slot that have an address each; their number goes on in the second byte. */
const NODES_A_BYTE = 250;
const NODE_BYTES = { first: 240, count: 15 };

/** The address of a slot's load balancer node, counted from 0: its own one, but on macOS. */
export function nodeLoopback(index: number, slot = 0, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return '127.0.0.1';
  const byte = NODE_BYTES.first + (Math.floor(index / NODES_A_BYTE) % NODE_BYTES.count);
  return `127.${byte}.${slot}.${(index % NODES_A_BYTE) + 1}`;
}

/** Below the range that macOS gives to outgoing connections. Two addresses can meet here: the second one cannot listen. */
const FOLDED = { first: 10_000, count: 39_000 };

function folded(bytes: number[]): number {
  const hash = bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
  return FOLDED.first + (hash % FOLDED.count);
}

function lastBytes(address: string): number[] {
  const groups = address.split('::').at(-1)?.split(':').slice(-2) ?? [];
  const [high = 0, low = 0] = groups
    .map((group) => Number.parseInt(group || '0', 16))
    .toReversed()
    .concat(0)
    .slice(0, 2)
    .toReversed();
  return [high >> 8, high & 255, low >> 8, low & 255];
}
