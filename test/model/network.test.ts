import { describe, expect, test } from 'vitest';
import { classifierOf, networkOf } from '../../src/model/network.ts';

describe('network', () => {
  const subnet = { id: 's', vpcId: 'v', zone: 'z', zoneType: 'availability-zone' as const, freeAddresses: 9, tags: {} };
  const network = networkOf([{ ...subnet, cidr: '10.0.0.0/24', ipv6Cidrs: ['2001:db8::/64'] }], ['100.64.0.0/10']);
  test.each([
    ['10.0.0.255', 'subnet'],
    ['10.0.1.0', 'unroutable'],
    ['100.127.0.1', 'routable'],
    ['2001:db8::ffff', 'subnet'],
    ['2001:db8:0:1::1', 'unroutable'],
  ])('%s is %s', (address, wanted) => expect(classifierOf(network)(address)).toBe(wanted));
});
