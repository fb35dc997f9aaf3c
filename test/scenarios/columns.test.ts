import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { alignColumns } from '../columns.ts';
import { ingress, service, slice } from './manifests.ts';
import { openWorld, type World } from './world.ts';

/** What kubectl prints of a kind, with the wide columns behind a bar. */
async function printed(world: World, resource: (typeof RESOURCES)['loadBalancer' | 'targetGroup']): Promise<string> {
  const { group, version, kind } = resource;
  const columns = world.cluster.kinds.findKind(`${group}/${version}`, kind)?.columns ?? [];
  const sorted = [...columns.filter(({ wide }) => !wide), ...columns.filter(({ wide }) => wide)];
  const head = sorted.map(({ name, wide }) => (wide ? `| ${name.toUpperCase()}` : name.toUpperCase()));
  const objects = await world.kube.list(resource);
  const text = (cell: unknown): string => (cell === null ? '<none>' : `${cell as string | number}`);
  const rows = objects.map((one) => sorted.map(({ cell }) => text(cell(one, world.clock.now()))));
  return alignColumns([head, ...rows]).replaceAll(/\b[0-9a-f]{16}\b/g, '<id>');
}

test('R5: the columns answer whether it is up, and what it is in AWS with -o wide', async () => {
  const world = await openWorld();
  await world.apply(
    service({ name: 'web' }),
    slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }),
    service({ name: 'api' }),
    slice({ service: 'api', addresses: [] }),
    ingress({ name: 'web', rules: [{ service: 'web' }, { path: '/api', service: 'api' }] }),
  );
  await world.start();
  await world.advance(90_000);
  expect(await printed(world, RESOURCES.loadBalancer)).toMatchInlineSnapshot(`
    "NAME              READY  REASON   HEALTHY/TOTAL  ADDRESS                           AGE  | ARN
    ingress.shop.web  True   Applied  1/2            pw-shop-web-27ca334d6e.localhost  90s  arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/pw-shop-web-27ca334d6e/<id>"
  `);
  expect(await printed(world, RESOURCES.targetGroup)).toMatchInlineSnapshot(`
    "NAME                    READY  REASON          HEALTHY/TOTAL  SERVICE  AGE  | TYPE  | ARN
    pw-shop-api-20538b94bf  False  NoEndpoints     0/0            api      90s  ip      arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/pw-shop-api-20538b94bf/<id>
    pw-shop-web-97759d95cf  True   TargetsHealthy  2/2            web      90s  ip      arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/pw-shop-web-97759d95cf/<id>"
  `);
});

test('R5: short names, and one category for all that stands for something in AWS', async () => {
  const world = await openWorld();
  const kinds = [RESOURCES.loadBalancer, RESOURCES.targetGroup, RESOURCES.targetGroupBinding].map(
    ({ group, version, kind }) => world.cluster.kinds.findKind(`${group}/${version}`, kind),
  );
  expect(kinds.map((kind) => kind?.shortNames)).toEqual([['lb'], ['tg'], ['tgb']]);
  expect(kinds.map((kind) => kind?.categories)).toEqual([['aws-lb'], ['aws-lb'], ['aws-lb']]);
});
