import { isIPv4 } from 'node:net';
import { expect, test } from 'vitest';
import { loopbackOf, nodeLoopback } from '../../src/local/loopback.ts';

test.each([
  ['10.0.1.7', '127.0.1.7'],
  ['192.168.3.4', '127.168.3.4'],
  ['100.64.9.1', '127.64.9.1'],
  ['fd00:10::a00:107', '127.0.1.7'],
  ['fd00:10::7', '127.0.0.7'],
  ['fd00:10:0:0:0:0:a00:107', '127.0.1.7'],
])('%s is %s on Linux, with its own port', (address, host) => {
  expect(loopbackOf(address, 8080, 'linux')).toEqual({ host, port: 8080 });
});

test('on macOS all is on 127.0.0.1, and ports tell addresses apart', () => {
  const addresses = Array.from({ length: 20 }, (_, index) =>
    loopbackOf(`10.0.${index % 3}.${index + 10}`, 8080, 'darwin'),
  );
  expect(new Set(addresses.map(({ host }) => host))).toEqual(new Set(['127.0.0.1']));
  expect(new Set(addresses.map(({ port }) => port)).size).toBe(20);
  for (const { port } of addresses) expect(port).toBeGreaterThanOrEqual(10_000);
  for (const { port } of addresses) expect(port).toBeLessThan(49_152);
});

test('load balancer nodes of all slots have addresses of their own, away from those of pods', () => {
  const slots = Array.from({ length: 60 }, (_, slot) => slot);
  const nodes = slots.flatMap((slot) => Array.from({ length: 600 }, (_, index) => nodeLoopback(index, slot, 'linux')));
  expect(new Set(nodes).size).toBe(nodes.length);
  expect(nodes.every((address) => isIPv4(address) && Number(address.split('.')[1]) >= 240)).toBe(true);
  expect(nodeLoopback(7, 3, 'darwin')).toBe('127.0.0.1');
});
