import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, service, slice } from './manifests.ts';
import { openWorld, type World } from './world.ts';

type Event = { reason: string; regarding: { kind: string; name: string }; note: string };

const eventsOf = async (world: World, reason: string): Promise<Event[]> =>
  ((await world.kube.list(RESOURCES.event)) as unknown as Event[]).filter((event) => event.reason === reason);

const shop = async (world: World, annotations: Record<string, string> = {}): Promise<void> =>
  world.apply(
    service({ name: 'web' }),
    slice({ service: 'web', addresses: ['10.0.1.50'] }),
    ingress({ name: 'web', rules: [{ service: 'web' }], annotations }),
  );

/** AWS denies the call, and words it anew each time: EC2 encodes what it will not say, and answers carry the id of their request. */
function deny(world: World, time: number): void {
  const encoded = createHash('sha512').update(String(time)).digest('base64url');
  const id = `00000000-0000-4000-8000-${String(time).padStart(12, '0')}`;
  const message = `You are not authorized. Encoded authorization failure message: ${encoded} (request ${id})`;
  world.aws.configure({ faults: [{ action: 'CreateLoadBalancer', code: 'AccessDenied', message }] });
}

/** Makes that many passes fail; returns how often AWS was asked. */
async function passes(world: World, count: number): Promise<number> {
  const asked = () => world.life.calls.filter((action) => /createLoadBalancer$/i.test(action)).length;
  const before = asked();
  for (let pass = 0; pass < count; pass++) {
    deny(world, pass);
    await world.advance(60_000);
  }
  return asked() - before;
}

async function refused(): Promise<World> {
  const world = await openWorld();
  deny(world, 0);
  await shop(world);
  await world.start();
  return world;
}

test('R3: one Event for a failure that 100 passes meet, however it is worded', async () => {
  const world = await refused();
  expect(await passes(world, 100)).toBeGreaterThanOrEqual(100);
  expect(await eventsOf(world, 'AccessDenied')).toHaveLength(1);
});

test('R3: a brake that holds is one Event, however the targets come and go', async () => {
  const world = await openWorld();
  await shop(world);
  const addresses = Array.from({ length: 10 }, (_, n) => `10.0.1.${50 + n}`);
  await world.apply(slice({ service: 'web', addresses }));
  await world.start();
  await world.advance(60_000);
  for (let unready = 6; unready <= 10; unready++) {
    await world.apply(partlyReady(addresses, unready));
    await world.advance(10_000);
  }
  expect(await eventsOf(world, 'Held')).toHaveLength(1);
});

function partlyReady(addresses: string[], unready: number): object {
  const whole = slice({ service: 'web', addresses }) as { endpoints: { conditions: object }[] };
  const endpoints = whole.endpoints.map((one, n) =>
    n < unready ? { ...one, conditions: { ready: false, serving: false, terminating: false } } : one,
  );
  return { ...whole, endpoints };
}

test('R3: another reason is another Event', async () => {
  const world = await refused();
  await passes(world, 3);
  world.aws.configure({ faults: [{ action: 'CreateLoadBalancer', code: 'TooManyLoadBalancers', message: 'no' }] });
  await world.advance(120_000);
  expect(await eventsOf(world, 'AccessDenied')).toHaveLength(1);
  expect(await eventsOf(world, 'QuotaReached')).toHaveLength(1);
});

test('R3: control: two fields that are wrong are two Events', async () => {
  const world = await openWorld();
  await shop(world, { scheme: 'public', 'target-type': 'pod' });
  await world.start();
  await world.advance(60_000);
  expect((await eventsOf(world, 'InvalidValue')).map(({ note }) => note.split(':')[0])).toHaveLength(2);
});

test('row 32: an Ingress that is refused still says why when its first Event is long forgotten', async () => {
  const world = await openWorld();
  await shop(world, { scheme: 'public' });
  await world.start();
  await world.advance(60_000);
  const [first] = (await world.kube.list(RESOURCES.event)).filter((one) => one['reason'] === 'InvalidValue');
  const { namespace = '', name = '' } = first?.metadata ?? {};
  expect(name).not.toBe('');
  await world.kube.delete(RESOURCES.event, { namespace, name }); // as an API server does after an hour
  await world.advance(3_600_000);
  expect(await eventsOf(world, 'InvalidValue')).toMatchObject([{ regarding: { kind: 'Ingress', name: 'web' } }]);
});
