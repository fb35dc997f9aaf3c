import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS } from '../../scripts/tool-cache.ts';
import type { OperatorProcess } from '../../src/local/operator-process.ts';
import { describeWith } from '../tools.ts';
import { awsState } from './aws-view.ts';
import { type Measured, measure, nothingLost } from './measure.ts';
import { ingress } from './operator-manifests.ts';
import { openReplicasWorld, type ReplicasWorld } from './operator-world.ts';
import { eventually } from './serving.ts';
import { conditionsOf } from './told.ts';
import { frontOf } from './web.ts';

/** Longer than local AWS's nodes need to learn of a change, and short enough to wait for. */
const FLAGS = [
  ...['--fallback-away-seconds', '1.5', '--fallback-back-seconds', '2.5'],
  ...['--drain-propagation-alb-seconds', '5', '--drain-margin-alb-seconds', '1'],
];
const ANNOTATIONS = { 'target-group-attributes': 'deregistration_delay.timeout_seconds=10' };
const OVERLAY = 'local.podwire.dev/address-pool';
const REPLICAS = 3;

const shop = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'podwire' },
    spec: { controller: 'podwire.dev/alb' },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      replicas: REPLICAS,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 45,
          containers: [
            {
              name: 'web',
              image: 'podwire/echo',
              ports: [{ name: 'http', containerPort: 8080 }],
              readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
              lifecycle: { preStop: { sleep: { seconds: 35 } } },
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  },
  ingress({ namespace: 'shop', name: 'web', host: 'web.localhost', annotations: ANNOTATIONS }),
];

type TargetType = 'ip' | 'instance';

describeWith(CONTROL_PLANE_TOOLS, 'a change of target type on a real control plane', () => {
  let world: ReplicasWorld;
  let operator: OperatorProcess;
  beforeAll(async () => {
    world = await openReplicasWorld();
    operator = await world.start('first', FLAGS);
    await world.kubectl.apply(...shop);
    await served('ip');
  });
  let failed = false;
  afterEach(({ task }) => void (failed ||= task.result?.state === 'fail'));
  afterAll(async () => world?.close(failed));

  /** Resolves when one group of this type is left, with its healthy targets, and the ledger is at rest. */
  const served = (targetType: TargetType) =>
    eventually(
      `one group of ${targetType} targets`,
      async () => {
        const groups = Object.values((await awsState(world)).targetGroups);
        const states = groups.map((group) => [
          group.targetType,
          ...Object.values(group.targets).map(({ state }) => state),
        ]);
        expect(states).toEqual([[targetType, 'healthy', 'healthy', 'healthy']]);
        const { Ready } = await conditionsOf(world, 'loadbalancer/ingress.shop.web');
        expect(Ready?.status).toBe('True');
      },
      150_000,
    );

  const ask = async (targetType: TargetType): Promise<void> => {
    const annotation = `alb.ingress.kubernetes.io/target-type=${targetType}`;
    await world.kubectl('annotate', '-n', 'shop', 'ingress/web', '--overwrite', annotation);
    await served(targetType);
  };

  /** Gives the pods addresses of another pool, one after the other. */
  const move = async (pool: 'overlay' | 'vpc'): Promise<void> => {
    const body = { spec: { template: { metadata: { annotations: { [OVERLAY]: pool } } } } };
    await world.kubectl('patch', '-n', 'shop', 'deployment/web', '--type=merge', '-p', JSON.stringify(body));
    await served(pool === 'overlay' ? 'instance' : 'ip');
  };

  const measured = async (name: string, from: () => Promise<void>, during: () => Promise<void>): Promise<Measured> =>
    measure(world, { name, targets: await frontOf(world, 'shop/web', 'web.localhost'), before: from, during });

  describe('that a user asks for', () => {
    test(
      'to instance loses nothing',
      async () =>
        nothingLost(
          await measured(
            'ip to instance',
            () => ask('ip'),
            () => ask('instance'),
          ),
        ),
      400_000,
    );

    test(
      'to ip loses nothing',
      async () =>
        nothingLost(
          await measured(
            'instance to ip',
            () => ask('instance'),
            () => ask('ip'),
          ),
        ),
      400_000,
    );
  });

  describe('that follows the network of the pods', () => {
    test('away from addresses that are reached loses nothing', async () => {
      nothingLost(
        await measured(
          'to the overlay network',
          () => move('vpc'),
          () => move('overlay'),
        ),
      );
      const { PodIPsRoutable } = await conditionsOf(world, 'loadbalancer/ingress.shop.web');
      expect(PodIPsRoutable).toMatchObject({ status: 'False', reason: 'PodIPNotRoutable' });
    }, 600_000);

    test('back to them loses nothing', async () => {
      nothingLost(
        await measured(
          'from the overlay network',
          () => move('overlay'),
          () => move('vpc'),
        ),
      );
      const { PodIPsRoutable } = await conditionsOf(world, 'loadbalancer/ingress.shop.web');
      expect(PodIPsRoutable).toMatchObject({ status: 'True' });
    }, 600_000);
  });

  describe('without the protection', () => {
    beforeAll(async () => {
      await operator.kill();
      operator = await world.start('careless', FLAGS, { PODWIRE_CONTROL: 'move-at-once' });
    });

    test('to instance loses requests', async () => {
      const { lost } = await measured(
        'ip to instance at once',
        () => ask('ip'),
        () => ask('instance'),
      );
      expect(lost).not.toEqual([]);
    }, 400_000);

    test('to ip loses requests', async () => {
      const { lost } = await measured(
        'instance to ip at once',
        () => ask('instance'),
        () => ask('ip'),
      );
      expect(lost).not.toEqual([]);
    }, 400_000);
  });
});
