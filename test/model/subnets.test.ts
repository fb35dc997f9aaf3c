import { describe, expect, test } from 'vitest';
import type { SubnetFact } from '../../src/model/facts.ts';
import { chooseSubnets, type SubnetChoice } from '../../src/model/subnets.ts';
import { subnetOf } from './cluster.ts';

const choice: SubnetChoice = { scheme: 'internal', ipAddressType: 'ipv4', clusterName: 'prod' };
const [a, b] = [subnetOf('subnet-a', 'a'), subnetOf('subnet-b', 'b')];
const message = (subnets: Parameters<typeof chooseSubnets>[0], more: Partial<SubnetChoice> = {}): string => {
  const outcome = chooseSubnets(subnets, { ...choice, ...more });
  return 'message' in outcome ? outcome.message : `chosen: ${outcome.ids.join()}`;
};

describe('chooseSubnets', () => {
  test('one per zone, the lowest id, those tagged for the cluster first', () => {
    const tagged = subnetOf('subnet-z', 'a', { tags: { ...a.tags, 'kubernetes.io/cluster/prod': 'shared' } });
    expect(chooseSubnets([b, subnetOf('subnet-c', 'b'), a, tagged], choice)).toEqual({ ids: ['subnet-b', 'subnet-z'] });
  });

  test('a subnet in use stays, though few addresses are free and another is tagged for the cluster', () => {
    const full = subnetOf('subnet-full', 'a', { freeAddresses: 1 });
    const tagged = subnetOf('subnet-z', 'a', { tags: { ...a.tags, 'kubernetes.io/cluster/prod': 'owned' } });
    expect(chooseSubnets([full, tagged, b], { ...choice, attached: ['subnet-full'] })).toEqual({
      ids: ['subnet-b', 'subnet-full'],
    });
    expect(chooseSubnets([full, tagged, b], choice)).toEqual({ ids: ['subnet-b', 'subnet-z'] });
  });

  test.each<[string, Partial<SubnetFact>, Partial<SubnetChoice>, string]>([
    ['no role tag', { tags: {} }, {}, 'its tag kubernetes.io/role/internal-elb is missing'],
    ['another role value', { tags: { 'kubernetes.io/role/internal-elb': 'no' } }, {}, 'is "no", not "1" or empty'],
    ['another cluster', { tags: { ...a.tags, 'kubernetes.io/cluster/x': '' } }, {}, 'it is tagged for another cluster'],
    ['few addresses', { freeAddresses: 7 }, {}, 'it has 7 free addresses, and 8 are needed'],
    ['no IPv6', {}, { ipAddressType: 'dualstack' }, 'it has no IPv6 block, and dualstack needs one'],
    ['the same zone', { zone: 'b' }, {}, 'zone b has subnet-a already'],
    ['not among the tags', {}, { tags: { Name: ['x'] } }, 'its tag Name is missing'],
  ])('left out: %s', (...[, subnet, more, because]) => {
    expect(message([{ ...a, ...subnet }, b], more)).toContain(because);
  });

  test.each([
    [
      'kinds of zones do not mix',
      [a, subnetOf('subnet-l', 'l', { zoneType: 'local-zone' })],
      'wanted subnets of one kind of zone',
    ],
    ['one zone is too few', [a], 'wanted subnets in 2 zones at least; found subnet-a in a'],
    ['one local zone will do', [subnetOf('subnet-l', 'l', { zoneType: 'local-zone' })], 'chosen: subnet-l'],
    ['none at all', [], 'The VPC has no subnets'],
  ] as const)('%s', (...[, subnets, text]) => {
    expect(message([...subnets])).toContain(text);
  });

  test('named ones by id and by Name, and one that is not there', () => {
    const named = subnetOf('subnet-n', 'c', { tags: { Name: 'edge' } });
    expect(message([a, b, named], { named: ['edge', 'subnet-a'] })).toBe('chosen: subnet-a,subnet-n');
    expect(message([a, b, named], { named: ['edge', 'subnet-x'] })).toContain('there is no subnet-x');
  });
});
