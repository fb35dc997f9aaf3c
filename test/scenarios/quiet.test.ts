import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, service, slice } from './manifests.ts';
import { openWorld } from './world.ts';

test('R2: passes in which nothing is to be done say nothing at info, and at debug only that AWS was asked', async () => {
  const world = await openWorld({ settings: { sweepIntervalSeconds: 60 } });
  const rules = [{ host: 'shop.example.com', path: '/', service: 'web' }];
  await world.apply(
    service({ name: 'web' }),
    slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }),
    ingress({ name: 'shop', rules }),
  );
  await world.start();
  await world.advance(180_000);
  expect(world.log.filter(({ message }) => message === 'targets')).not.toEqual([]);
  world.log.length = 0;
  for (let round = 0; round < 10; round++) {
    await world.patch(RESOURCES.ingress, 'shop', {
      namespace: 'shop',
      body: { metadata: { labels: { round: String(round) } } },
    });
    await world.advance(60_000);
  }
  expect(world.log.filter(({ level }) => level !== 'debug')).toEqual([]);
  expect(new Set(world.log.map(({ message }) => message))).toEqual(new Set(['aws call']));
});
