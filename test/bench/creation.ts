import { RESOURCES } from '../../src/kube/resources.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { until } from '../../src/local/until.ts';
import { countBy } from './figures.ts';
import { ingress, NAMESPACE, newEndpoints, service, slice } from './manifests.ts';
import { untilQuiet } from './settle.ts';
import type { World } from './world.ts';

export type Shape = { name: string; services: number; rules: number; pods: number };

export type Creation = { calls: number; byAction: Record<string, number>; firstRegisterMs: number };

/** Creates one Ingress with its Services in place, and counts what it takes until everything stands and is healthy. */
export async function measureCreation(world: World, shape: Shape): Promise<Creation> {
  const services = serviceNames(shape);
  for (const name of services) await world.apply(service(name), slice(name, newEndpoints(shape.pods)));
  await clock.sleep(300);
  const before = performance.now();
  await world.kube.create(RESOURCES.ingress, ingress(shape.name, services, shape.rules));
  const created = performance.now();
  await until(`targets of ${shape.name}`, async () => areRegistered(world, services.length * shape.pods, before));
  await untilQuiet(world);
  const calls = world.callsSince(before);
  const register = calls.find(({ action }) => action === 'RegisterTargets');
  return {
    calls: calls.length,
    byAction: countBy(calls, ({ action }) => action),
    firstRegisterMs: (register?.began ?? Number.NaN) - created,
  };
}

export const serviceNames = ({ name, services }: Pick<Shape, 'name' | 'services'>): string[] =>
  Array.from({ length: services }, (_, index) => `${name}-${index}`);

/** Whether the target groups made since then hold so many targets. */
function areRegistered({ aws }: World, wanted: number, since: number): boolean {
  const groups = [...aws.state.targetGroups.values()].filter(({ createdAt }) => createdAt >= since);
  return groups.reduce((sum, { targets }) => sum + targets.size, 0) >= wanted;
}

/** Calls that an edit causes which changes nothing that counts in AWS. */
export async function measureSecondPass(
  world: World,
  name: string,
): Promise<{ calls: number; byAction: Record<string, number> }> {
  await untilQuiet(world);
  const before = performance.now();
  const note = { 'example.com/note': String(Math.round(before)) };
  const body = { metadata: { annotations: note, labels: { edited: 'yes' } } };
  await world.kube.patch(RESOURCES.ingress, { namespace: NAMESPACE, name }, { type: 'merge', body });
  await clock.sleep(3_000);
  const calls = world.callsSince(before);
  return { calls: calls.length, byAction: countBy(calls, ({ action }) => action) };
}
