import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LoadReport } from '../../../src/local/traffic/generator.ts';
import { startLoad } from '../../../src/local/traffic/traffic.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import { forwardTo, POLL, startWorld, type World } from '../aws/dataplane/world.ts';

let world: World;
beforeEach(() => {
  world = startWorld(6);
});
afterEach(() => world.close());

/** Takes one of two targets out under load; `serveOnMs` after that the target refuses whatever still comes. */
async function removeUnderLoad(serveOnMs: number): Promise<LoadReport> {
  let stopped = false;
  const leaving = await world.serve((request, response) => {
    if (stopped) request.socket.resetAndDestroy();
    else response.end(JSON.stringify({ pod: 'leaving' }));
  });
  const staying = await world.serve((_request, response) => response.end(JSON.stringify({ pod: 'staying' })));
  const group = world.createTargetGroup('shop');
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [leaving, staying] });
  await expect.poll(() => Object.values(world.statesOf(group)).join(' '), POLL).toBe('healthy healthy');
  world.aws.configure({ propagationLagMs: { min: 300, max: 700 } });
  const nodes = await Promise.all([world.listening(8080, 0), world.listening(8080, 1)]);
  const targets = nodes.map((connect) => ({ url: 'http://shop.localhost:8080/', connect, name: connect.zone }));
  const load = await startLoad({ targets, rate: 200, phase: 'removal' });
  await realClock.sleep(300);
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [leaving] });
  await realClock.sleep(serveOnMs);
  stopped = true;
  await realClock.sleep(1_200 - serveOnMs);
  await load.phase('after');
  await realClock.sleep(300);
  return load.stop();
}

test('a target that serves on for longer than the lag loses nothing', async () => {
  const { phases } = await removeUnderLoad(900);
  expect(phases.map(({ failed, failures }) => ({ failed, failures }))).toEqual([
    { failed: 0, failures: {} },
    { failed: 0, failures: {} },
  ]);
  expect(phases[0]!.requests).toBeGreaterThan(150);
  expect(phases[0]!.backends['leaving']).toBeGreaterThan(0);
  expect(Object.keys(phases[1]!.backends)).toEqual(['staying']);
});

test('one that stops at once loses requests, as 502s', async () => {
  const { phases } = await removeUnderLoad(0);
  expect(phases[0]!.failures.status?.count).toBeGreaterThan(5);
  expect(phases[0]!.failures.status?.examples[0]).toMatchObject({ status: 502 });
  expect(phases[1]!.failed).toBe(0);
});
