import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ingress, service, slice } from '../../scenarios/manifests.ts';
import { openWorld } from '../../scenarios/world.ts';
import { planIn, settle, stepsOf } from './plan-world.ts';

const annotations = fc.record(
  {
    scheme: fc.constantFrom('internal', 'internet-facing'),
    'group.name': fc.constantFrom('edge', 'inner'),
    'listen-ports': fc.constantFrom('[{"HTTP": 80}]', '[{"HTTP": 80}, {"HTTP": 8080}]'),
    'inbound-cidrs': fc.constantFrom('10.0.0.0/8', '10.0.0.0/8,192.168.0.0/16'),
    'healthcheck-path': fc.constantFrom('/', '/ready'),
    'target-type': fc.constantFrom('ip', 'instance'),
    'load-balancer-attributes': fc.constantFrom('idle_timeout.timeout_seconds=120', 'routing.http2.enabled=false'),
    'target-group-attributes': fc.constantFrom('slow_start.duration_seconds=30', 'stickiness.enabled=false'),
    tags: fc.constantFrom('team=shop', 'team=edge,cost=1'),
  },
  { requiredKeys: [] },
);

const rule = fc.record({
  host: fc.constantFrom('a.example.com', 'b.example.com'),
  path: fc.constantFrom('/', '/cart', '/api'),
  service: fc.constantFrom('web', 'api', 'gone'),
});

const shops = fc.array(fc.record({ annotations, rules: fc.array(rule, { minLength: 1, maxLength: 3 }) }), {
  minLength: 1,
  maxLength: 2,
});

describe('R17: a plan', { timeout: 300_000 }, () => {
  test('is empty once the operator has converged, whatever the Ingresses ask for', async () => {
    await fc.assert(
      fc.asyncProperty(shops, shops, async (first, then) => {
        const world = await openWorld();
        for (const name of ['web', 'api'])
          await world.apply(
            service({ name, type: 'NodePort' }),
            slice({ service: name, addresses: name === 'web' ? ['10.0.1.20', '10.0.2.20'] : ['10.0.3.20'] }),
          );
        await world.start();
        for (const each of [first, then]) {
          for (const [index, shop] of each.entries()) await world.apply(ingress({ name: `shop-${index}`, ...shop }));
          await settle(world);
          await settle(world);
          expect(stepsOf(await planIn(world))).toEqual([]);
        }
        world.kill();
      }),
      { numRuns: 6 },
    );
  });
});
