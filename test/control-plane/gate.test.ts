import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS } from '../../scripts/tool-cache.ts';
import { GATE } from '../../src/api/pod.ts';
import { conditionOf, isActive, isReady, type Pod } from '../../src/local/cluster/objects.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { OperatorProcess } from '../../src/local/operator-process.ts';
import { until } from '../../src/local/until.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { describeWith } from '../tools.ts';
import { careless } from './operator-manifests.ts';
import { openReplicasWorld, type ReplicasWorld } from './operator-world.ts';
import { settled } from './serving.ts';

const NAMESPACE = 'gated';
const CODES = 'alb.ingress.kubernetes.io/success-codes';

type Template = { metadata: { annotations?: object }; spec: { readinessGates?: object[] } };

/** The usual shop, its gate written by hand, behind health checks that nothing passes. */
const manifests = () =>
  careless(NAMESPACE).map((object) => {
    if (object.kind === 'Ingress') return withCodes(object, '418');
    if (object.kind !== 'Deployment') return object;
    const gated = structuredClone(object) as unknown as { spec: { template: Template } };
    gated.spec.template.spec.readinessGates = [{ conditionType: GATE }];
    // Pods that opt out have their gate opened at once.
    delete gated.spec.template.metadata.annotations;
    return gated;
  });

function withCodes(object: object, codes: string): object {
  const ingress = structuredClone(object) as { metadata: { annotations: Record<string, string> } };
  ingress.metadata.annotations[CODES] = codes;
  return ingress;
}

describeWith(CONTROL_PLANE_TOOLS, 'the readiness gate on a real control plane', () => {
  let world: ReplicasWorld;
  let operator: OperatorProcess | undefined;
  let failed = false;
  beforeAll(async () => {
    world = await openReplicasWorld();
    await world.kubectl.apply(...manifests());
  });
  afterEach(({ task }) => void (failed ||= task.result?.state === 'fail'));
  afterAll(async () => world?.close(failed));

  const pods = async (): Promise<Pod[]> =>
    ((await world.kube.list(RESOURCES.pod, { namespace: NAMESPACE })) as Pod[]).filter(isActive);
  const told = (pod: Pod, type: string): string => {
    const found = conditionOf(pod, type);
    return found === undefined ? 'none' : `${found.status} ${found.reason ?? ''}`.trim();
  };
  const gates = async (): Promise<string[]> => (await pods()).map((pod) => told(pod, GATE));
  const containersReady = (count: number): Promise<Pod[]> =>
    until(`${count} pods with ready containers`, async () => {
      const ready = (await pods()).filter((pod) => told(pod, 'ContainersReady') === 'True');
      return ready.length === count && ready;
    });

  test('without an operator a pod stays not ready', async () => {
    await containersReady(2);
    await realClock.sleep(5_000);
    for (const pod of await pods()) expect(told(pod, 'Ready')).toBe('False ReadinessGatesNotReady');
    expect(await gates()).toEqual(['none', 'none']);
  });

  test('with one it says what AWS says of the target, and stays not ready while that is unhealthy', async () => {
    operator = await world.start('a');
    await until(
      'unhealthy targets are told',
      async () => (await gates()).every((gate) => gate === 'False TargetUnhealthy'),
      60_000,
    );
    for (const pod of await pods()) {
      expect(conditionOf(pod, GATE)?.message).toContain(
        `${pod.status?.podIP}:8080 is unhealthy (Target.ResponseCodeMismatch`,
      );
      expect(isReady(pod)).toBe(false);
    }
  });

  test('it is ready once the target is healthy; nobody else’s condition is touched', async () => {
    await world.kubectl('annotate', '-n', NAMESPACE, 'ingress/web', `${CODES}=200`, '--overwrite');
    await settled(world, { namespace: NAMESPACE, replicas: 2 });
    expect(await gates()).toEqual(['True TargetHealthy', 'True TargetHealthy']);
    for (const pod of await pods())
      expect(['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => told(pod, type))).toEqual([
        'True',
        'True',
        'True',
        'True',
      ]);
  });

  test('a rollout without an operator waits, the old pods serve, and it goes on with one', async () => {
    const before = new Set((await pods()).map(({ metadata }) => metadata.name));
    await operator?.kill();
    await world.kubectl('rollout', 'restart', '-n', NAMESPACE, 'deployment/web');
    await containersReady(3);
    await realClock.sleep(5_000);
    const waiting = await pods();
    expect(waiting.filter(isReady).map(({ metadata }) => before.has(metadata.name))).toEqual([true, true]);
    expect(waiting).toHaveLength(3);
    operator = await world.start('a');
    await world.kubectl('rollout', 'status', '-n', NAMESPACE, 'deployment/web', '--timeout=120s');
    await settled(world, { namespace: NAMESPACE, replicas: 2, is: ({ name }) => !before.has(name) });
    expect(await gates()).toEqual(['True TargetHealthy', 'True TargetHealthy']);
  });
});
