import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextScales, rollingLimits } from '../../../../src/local/cluster/controllers/rollout.ts';
import type { Deployment, ReplicaSet } from '../../../../src/local/cluster/objects.ts';

type Model = { deployment: Deployment; current: ReplicaSet; old: ReplicaSet[] };

const set = (name: string, replicas: number, available: number): ReplicaSet => ({
  metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: name },
  spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  status: { replicas, availableReplicas: available },
});

const limit = fc.oneof(
  fc.integer({ min: 0, max: 4 }),
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
);

const rollouts: fc.Arbitrary<Model> = fc
  .record({
    replicas: fc.integer({ min: 1, max: 12 }),
    maxSurge: limit,
    maxUnavailable: limit,
    broken: fc.nat({ max: 12 }),
  })
  .map(({ replicas, broken, ...rollingUpdate }) => {
    const deployment = {
      metadata: { name: 'web', uid: 'web', resourceVersion: '1' },
      spec: { replicas, strategy: { rollingUpdate }, selector: {}, template: { spec: { containers: [] } } },
    };
    return { deployment, current: set('2', 0, 0), old: [set('1', replicas, Math.max(0, replicas - broken))] };
  });

const replicas = (sets: ReplicaSet[]): number => sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
const available = (sets: ReplicaSet[]): number =>
  sets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);

/** Carries the scales out; the ReplicaSet controller takes pods that are not available first. */
function apply({ deployment, current, old }: Model): boolean {
  const scales = nextScales(deployment, current, old).filter((scale) => scale.replicas !== scale.set.spec.replicas);
  for (const scale of scales) {
    scale.set.spec.replicas = scale.replicas;
    scale.set.status = {
      replicas: scale.replicas,
      availableReplicas: Math.min(scale.set.status?.availableReplicas ?? 0, scale.replicas),
    };
  }
  return scales.length > 0;
}

/** One more new pod becomes available. */
function progress({ current }: Model): void {
  const has = current.status?.availableReplicas ?? 0;
  current.status = { ...current.status, availableReplicas: Math.min(current.spec.replicas ?? 0, has + 1) };
}

test('a rollout stays between its limits at every step and always ends', () => {
  fc.assert(
    fc.property(rollouts, (model) => {
      const { surge, unavailable } = rollingLimits(model.deployment);
      const wanted = model.deployment.spec.replicas ?? 0;
      const all = [model.current, ...model.old];
      const floor = Math.min(wanted - unavailable, available(all));
      for (let step = 0; step < 100; step++) {
        if (!apply(model)) progress(model);
        expect(replicas(all)).toBeLessThanOrEqual(Math.max(wanted + surge, wanted));
        expect(available(all)).toBeGreaterThanOrEqual(floor);
      }
      expect([model.current.spec.replicas, replicas(model.old)]).toEqual([wanted, 0]);
    }),
  );
});

test('pods of the old kind that never became available make room first', () => {
  const model: Model = {
    deployment: {
      metadata: { name: 'web', uid: 'web', resourceVersion: '1' },
      spec: {
        replicas: 4,
        strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        selector: {},
        template: { spec: { containers: [] } },
      },
    },
    current: set('3', 0, 0),
    old: [set('1', 3, 3), set('2', 1, 0)],
  };
  apply(model);
  expect(model.old.map(({ spec }) => spec.replicas)).toEqual([3, 0]);
});

test.each([
  [10, '25%', '25%', { surge: 3, unavailable: 2 }],
  [1, '25%', '25%', { surge: 1, unavailable: 0 }],
  [3, 0, '10%', { surge: 0, unavailable: 1 }],
  [2, 5, 5, { surge: 5, unavailable: 2 }],
])('of %i pods, surge %s and unavailable %s are %o', (wanted, maxSurge, maxUnavailable, limits) => {
  const spec = { replicas: wanted, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } };
  expect(rollingLimits({ spec } as unknown as Deployment)).toEqual(limits);
});
