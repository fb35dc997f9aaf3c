import { describe, expect, test } from 'vitest';
import { addInstance } from '../../src/local/aws/network.ts';
import { createWorld, inTime, openAccount, pass, stackIn } from './world.ts';

describe('Facts', () => {
  test('are read once for all who ask, and again after ten minutes', async () => {
    const world = createWorld();
    const { facts } = openAccount(world);
    const [first] = await Promise.all([
      facts.forStack(),
      facts.forStack(),
      facts.subnets(),
      facts.vpcCidrs(),
      facts.vpcCidrs(),
    ]);
    await facts.forStack();
    const once = { DescribeSecurityGroups: 1, DescribeSubnets: 1, DescribeVpcs: 1 };
    expect(world.aws.calls.counts()).toEqual(once);
    expect(first.subnets).toHaveLength(6);
    expect(first.subnets.find(({ tags }) => tags['kubernetes.io/role/elb'])).toMatchObject({
      zoneType: 'availability-zone',
      vpcId: first.vpcId,
    });
    await world.clock.advance(11 * 60_000);
    await facts.forStack();
    expect(world.aws.calls.counts()).toMatchObject({ DescribeSecurityGroups: 2, DescribeSubnets: 2 });
  });

  test('a failed reading is not kept', async () => {
    const world = createWorld({ faults: [{ action: 'DescribeSubnets', code: 'InternalFailure', next: 1 }] });
    const { facts } = openAccount(world);
    await expect(facts.subnets()).rejects.toThrow('InternalFailure');
    expect(await facts.subnets()).toHaveLength(6);
  });

  test('subnets are read again after AWS refused one', async () => {
    const world = createWorld();
    const account = openAccount(world);
    await account.facts.subnets();
    const wanted = stackIn(world, { subnets: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'] });
    const { failed } = await pass(account, wanted.key, wanted);
    expect(failed.map(({ step, error }) => [step.resource, error.name])).toEqual([['load-balancer', 'Invalid']]);
    await account.facts.subnets();
    expect(world.aws.calls.counts()).toMatchObject({ DescribeSubnets: 2 });
  });

  test('a security group of ours is known without reading, from its creation to its deletion', async () => {
    const world = createWorld();
    const account = openAccount(world);
    const expectKnown = async () => {
      world.aws.calls.clear();
      const known = (await account.facts.securityGroups()).map(({ id }) => id);
      expect(known.toSorted()).toEqual([...world.aws.state.securityGroups.keys()].toSorted());
      expect(world.aws.calls.counts()).toEqual({});
    };
    await account.facts.securityGroups();
    const before = world.aws.state.securityGroups.size;
    const wanted = stackIn(world, {});
    await pass(account, wanted.key, wanted);
    expect(world.aws.state.securityGroups.size).toBeGreaterThan(before);
    await expectKnown();
    await inTime(world, pass(account, wanted.key, undefined));
    await expectKnown();
  });

  test('instances asked for together are read with one call, and once for good', async () => {
    const world = createWorld();
    const ids = Array.from({ length: 30 }, () => addInstance(world.aws, {}));
    const { facts } = openAccount(world);
    const found = await inTime(world, facts.instances([...ids, 'i-0gone']));
    expect([...found.keys()].sort()).toEqual(ids.toSorted());
    expect(found.get(ids[0] ?? '')).toMatchObject({
      state: 'running',
      securityGroups: [expect.stringMatching(/^sg-/)],
    });
    await inTime(world, facts.instances(ids));
    expect(world.aws.calls.counts()).toEqual({ DescribeInstances: 1 });
  });

  test('an address is found by its network interface', async () => {
    const world = createWorld();
    const id = addInstance(world.aws, {});
    const network = [...world.aws.state.networkInterfaces.values()].find(({ instanceId }) => instanceId === id);
    const { facts } = openAccount(world);
    const address = network?.privateAddresses[0] ?? '';
    expect(await facts.networkInterface(address)).toMatchObject({ id: network?.id, privateAddresses: [address] });
    expect(await facts.networkInterface('10.0.3.254')).toBeUndefined();
  });
});
