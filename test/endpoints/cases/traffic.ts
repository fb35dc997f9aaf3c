import { createServer } from 'node:http';
import { expect } from 'vitest';
import { openTargets } from '../../../src/aws/targets.ts';
import { loopbackOf } from '../../../src/local/loopback.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import type { Target } from '../../../src/model/target.ts';
import { until } from '../../../src/local/until.ts';
import type { Case } from '../case.ts';
import { targetAddress } from '../region.ts';
import type { Tenant } from '../tenant.ts';

/** A real server where the load balancer looks for a target, as long as the test lives. */
async function serveTarget(tenant: Tenant, answer: string): Promise<Target> {
  const id = targetAddress(tenant.region, 50);
  const server = createServer((_request, response) => response.end(answer));
  const { host, port } = loopbackOf(id, 18_080);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  tenant.scratch.onClear(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { uid: 'pod', id, port: 18_080 };
}

async function get({ region }: Tenant, loadBalancer: string, path: string): Promise<string> {
  const at = await until('a listener', async () => region.endpoint.listenerAddress?.(loadBalancer, 80));
  const answer = await fetch(`http://${at.host}:${at.port}${path}`);
  return `${answer.status} ${await answer.text()}`;
}

/** What takes real sockets: health that is found out, and requests that are answered. */
export const TRAFFIC: Case[] = [
  {
    name: 'a target becomes healthy when it answers, and serves through the stack that was made',
    needs: ['dataPlane', 'healthTransitions'],
    run: async (tenant) => {
      const wanted = tenant.stack();
      for (const { rules } of wanted.listeners)
        for (const rule of rules) rule.conditions = [{ field: 'path-pattern', values: ['/web'] }];
      const { created } = await tenant.pass(wanted);
      const loadBalancer = created['load-balancer'] ?? '';
      const arn = created[`target-group/${wanted.targetGroups[0]?.id}`] ?? '';
      const targets = openTargets(tenant.region.elb, () => 1);
      expect(await get(tenant, loadBalancer, '/web')).toMatch(/^503 /);
      await targets.register(arn, [await serveTarget(tenant, 'from the pod')]);
      const states = new Set<string>();
      await until('a healthy target', async () => {
        for (const { health } of await targets.describe(arn)) states.add(health);
        return states.has('healthy');
      });
      expect([...states]).toEqual(['initial', 'healthy']);
      await realClock.sleep(50);
      expect(await get(tenant, loadBalancer, '/web')).toBe('200 from the pod');
      expect(await get(tenant, loadBalancer, '/other')).toMatch(/^404 /);
    },
  },
  {
    name: 'a target that does not answer becomes unhealthy',
    needs: ['dataPlane', 'healthTransitions'],
    run: async (tenant) => {
      const { targetGroup } = await tenant.scratch.attachedGroup({
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 2,
        UnhealthyThresholdCount: 2,
      });
      const targets = openTargets(tenant.region.elb, () => 1);
      await targets.register(targetGroup, [{ uid: 'pod', id: targetAddress(tenant.region, 60), port: 18_081 }]);
      const found = async () => (await targets.describe(targetGroup)).find(({ health }) => health === 'unhealthy');
      expect(await until('an unhealthy target', found)).toMatchObject({ port: 18_081 });
    },
  },
];
