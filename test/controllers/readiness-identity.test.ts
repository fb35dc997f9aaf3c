import { describe, expect, test } from 'vitest';
import { openReadiness, type ReadinessWorld } from './readiness-world.ts';

/** A sick pod gets the address of a healthy one while no operator runs; then one starts. */
async function takeOverWhileAway(shop: ReadinessWorld): Promise<void> {
  await shop.pod('web-11');
  await shop.world.advance(10_000);
  shop.world.kill();
  await shop.remove('web-11');
  shop.sick.add('10.0.1.11');
  await shop.pod('web-12', { address: '10.0.1.11' });
  await shop.world.start();
}

describe('whose health it is', () => {
  test('a pod that takes over the address of a registered one waits until the health can only be its own', async () => {
    const shop = await openReadiness();
    await shop.pod('web-11');
    await shop.world.advance(10_000);
    await shop.remove('web-11');
    await shop.pod('web-12', { address: '10.0.1.11' });
    await shop.world.advance(5_000);
    expect([shop.group.targets, await shop.gate('web-12')]).toEqual([['10.0.1.11 healthy'], 'False TargetUnconfirmed']);
    await shop.world.advance(60_000);
    expect(await shop.gate('web-12')).toBe('True TargetHealthy');
  });

  test('the same where nothing of it is remembered: the operator was away meanwhile', async () => {
    const shop = await openReadiness();
    await takeOverWhileAway(shop);
    await shop.world.advance(4_000);
    expect([shop.group.targets, await shop.gate('web-12')]).toEqual([['10.0.1.11 healthy'], 'False TargetUnconfirmed']);
    await shop.world.advance(60_000);
    expect(await shop.gate('web-12')).toBe('False TargetUnhealthy');
    shop.sick.clear();
    await shop.world.advance(60_000);
    expect(await shop.gate('web-12')).toBe('True TargetHealthy');
  });

  test('the same where the operator is restarted again after it has recorded the new pod', async () => {
    const shop = await openReadiness();
    await takeOverWhileAway(shop);
    await shop.world.advance(500);
    await shop.world.restart();
    await shop.world.advance(3_500);
    expect([shop.group.targets, await shop.gate('web-12')]).toEqual([['10.0.1.11 healthy'], 'False TargetUnconfirmed']);
    await shop.world.advance(60_000);
    expect(await shop.gate('web-12')).toBe('False TargetUnhealthy');
  });

  test('the same where it was recorded though AWS has not acknowledged its registration to any life', async () => {
    const shop = await openReadiness();
    await shop.pod('web-10');
    await shop.pod('web-11');
    await shop.world.advance(20_000);
    await shop.settle();
    shop.world.kill();
    await shop.remove('web-11');
    await shop.pod('web-12', { address: '10.0.1.11' });
    shop.world.aws.configure({ faults: [{ action: 'RegisterTargets', code: 'InternalFailure', httpStatus: 500 }] });
    await shop.world.start();
    await shop.world.advance(40_000);
    await shop.world.restart();
    await shop.world.advance(90_000);
    expect([shop.group.targets.at(-1), await shop.gate('web-12')]).toEqual(['10.0.1.11 healthy', 'False AwsError']);
    shop.world.aws.configure({ faults: [] });
    await shop.world.advance(60_000);
    expect(await shop.gate('web-12')).toBe('True TargetHealthy');
  });

  test('control: believed from what AWS said of the earlier pod, it opens too early', async () => {
    const shop = await openReadiness({ controls: ['gate-from-cached-health'] });
    await takeOverWhileAway(shop);
    await shop.world.advance(4_000);
    expect(await shop.gate('web-12')).toBe('True TargetHealthy');
  });

  test.each(['accept', 'refuse', 'stay-draining'] as const)(
    'an address that still drains, where AWS answers a registration with "%s"',
    async (reregistration) => {
      const shop = await openReadiness({ aws: { reregistration } });
      const drains = await replaceWhileDraining(shop);
      expect([drains, (await shop.gate('web-12')).split(' ')[0]]).toEqual([true, 'False']);
      shop.sick.clear();
      await shop.world.advance(700_000);
      expect(await shop.gate('web-12')).toBe('True TargetHealthy');
    },
  );

  test('control: believed from what was last seen at an address that drains, it opens on a sick pod', async () => {
    const shop = await openReadiness({ controls: ['gate-from-cached-health'] });
    const drains = await replaceWhileDraining(shop);
    expect([drains, await shop.gate('web-12')]).toEqual([true, 'True TargetHealthy']);
  });

  test('after a restart a closed gate opens by a look of the new life, an open one is not touched', async () => {
    const shop = await openReadiness({ aws: { registrationMs: 6_000 } });
    await shop.pod('web-10');
    await shop.world.advance(30_000);
    await shop.settle();
    await shop.pod('web-11');
    await shop.world.advance(3_000);
    await shop.world.restart();
    shop.writes();
    await shop.world.advance(60_000);
    expect([await shop.gate('web-10'), await shop.gate('web-11')]).toEqual([
      'True TargetHealthy',
      'True TargetHealthy',
    ]);
    expect(shop.writes().filter((write) => write.endsWith('web-10'))).toEqual([]);
  });
});

/** A sick pod gets the address of one that was healthy there and that AWS still drains; tells whether it did when the pod came. */
async function replaceWhileDraining(shop: ReadinessWorld): Promise<boolean> {
  await shop.pod('web-10');
  await shop.pod('web-11');
  await shop.world.advance(20_000);
  await shop.settle();
  await shop.remove('web-11');
  await shop.world.advance(5_000);
  const drains = shop.group.targets.includes('10.0.1.11 draining');
  shop.sick.add('10.0.1.11');
  await shop.pod('web-12', { address: '10.0.1.11' });
  await shop.world.advance(20_000);
  return drains;
}
