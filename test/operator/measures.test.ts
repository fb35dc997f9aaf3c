import { expect, test } from 'vitest';
import { Cluster } from '../../src/cluster/cluster.ts';
import type { Condition, LoadBalancerObject, TargetGroupObject } from '../../src/cluster/objects.ts';
import { PROJECTIONS } from '../../src/cluster/project.ts';
import { Denied, Invalid, Throttled } from '../../src/errors.ts';
import { METRICS, type Metric, type Metrics } from '../../src/metrics.ts';
import { measureCall, measureObjects, measureQueue, watchQueue } from '../../src/operator/measures.ts';
import { startController } from '../../src/runtime/controller.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { openRegistry } from '../../src/server/registry.ts';

const CONTROLLERS = ['load-balancers', 'targets', 'leaving', 'readiness', 'drain', 'bindings', 'sweep'];

const said = (type: string, status: Condition['status'], reason: string) =>
  ({ type, status, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }) as Condition;

const FINE = [said('Ready', 'True', 'Applied'), said('TargetsRegistered', 'True', 'Registered')];
const BROKEN = [
  said('Ready', 'False', 'Denied'),
  said('TargetsRegistered', 'Unknown', 'Registering'),
  said('Stalled', 'True', 'Denied'),
];

function group(index: number, conditions: Condition[]): TargetGroupObject {
  const arn = `arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/pw-${index}/0123456789abcdef`;
  const metadata = { namespace: `team-${index}`, name: `web-${index}`, uid: `u-${index}`, resourceVersion: '1' };
  const spec = {
    arn,
    loadBalancer: 'shop',
    service: { name: 'web', port: { number: 80 } },
    targetType: 'ip',
    addressFamily: 'IPv4',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    port: 80,
    protocol: 'HTTP',
  };
  return PROJECTIONS.targetGroup({ metadata, spec, status: { conditions } } as never);
}

function clusterOf(count: number, conditions: Condition[]): Cluster {
  const cluster = new Cluster();
  cluster.stores.targetGroup.replace(Array.from({ length: count }, (_, index) => group(index, conditions)));
  return cluster;
}

const seriesIn = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** Everything that can be measured, as in a cluster in which all of it happens. */
async function everything(cluster: Cluster): Promise<string[]> {
  const registry = openRegistry({ process: true });
  const { metrics } = registry;
  measureObjects(cluster, { metrics, leads: () => true });
  for (const name of CONTROLLERS) tellController(name, metrics);
  for (const name of BY_NAMESPACE) tellNamespaces(name, cluster, metrics);
  tellRequests(metrics);
  tellCalls(metrics);
  for (const endpoint of ['livez', 'readyz'])
    for (let index = 0; index < 8; index++)
      metrics.gauge('podwire_check', () => [{ labels: { endpoint, name: `c${index}` }, value: 1 }]);
  return seriesIn(await registry.text());
}

function tellController(name: string, metrics: Metrics): void {
  const clock = new VirtualClock();
  const watch = watchQueue(name, { metrics, clock });
  const queue = startController({ name, clock, concurrency: 1, watch, reconcile: async () => undefined });
  measureQueue(name, queue, { metrics, most: 16 });
  metrics.count('controller_runtime_reconcile_timeouts_total', { controller: name });
  for (const result of ['success', 'requeue', 'requeue_after', 'error'] as const)
    watch.ended({ ranMs: 1, result, final: result === 'error' });
  watch.added();
  watch.started(1);
  watch.retried();
}

const TABLE: Record<string, Metric> = METRICS;

const BY_NAMESPACE = Object.keys(TABLE).filter(
  (name) => TABLE[name]?.labels.includes('namespace') && !['aws_target_group_info', 'podwire_condition'].includes(name),
);

function tellNamespaces(name: string, cluster: Cluster, metrics: Metrics): void {
  const { kind, labels } = TABLE[name] as Metric;
  for (const { namespace } of cluster.targetGroups()) {
    const all = Object.fromEntries(labels.map((label) => [label, label === 'reason' ? 'TooShort' : namespace]));
    if (kind === 'counter') metrics.count(name as never, all as never);
    else metrics.gauge(name as never, () => [{ labels: all, value: 1 }] as never);
  }
}

function tellRequests(metrics: Metrics): void {
  for (const code of ['200', '201', '404', '409', '429', '<error>'])
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
      metrics.count('rest_client_requests_total', { code, method, host: 'api:443' });
      metrics.observe('rest_client_request_duration_seconds', 1, { verb: method, host: 'api:443' });
    }
}

/** Every action that Podwire has a use for, each with every kind of error. */
function tellCalls(metrics: Metrics): void {
  const times = { waitedMs: 0, tookMs: 1, sinceMs: 1, settled: true, requestId: undefined, lane: 'rules' } as const;
  const errors = [undefined, new Throttled('no'), new Denied('a', 'no'), new Invalid('f', 'no')];
  for (let action = 0; action < 43; action++)
    for (const error of errors) {
      const call = { service: 'ec2', action: `Act${action}`, status: 200, code: error?.name ?? '', ...times };
      measureCall({ ...call, ...(error && { error }) }, metrics);
    }
}

test.each([
  ['fine', FINE],
  ['in trouble, each in a namespace of its own', BROKEN],
])('R12: 1,000 target groups, all %s, make at most 2,000 series in all', async (_, conditions) => {
  const series = await everything(clusterOf(1_000, conditions));
  expect(series.filter((line) => line.startsWith('aws_target_group_info'))).toHaveLength(1_000);
  expect(series.length).toBeLessThanOrEqual(2_000);
});

test('R12: objects in trouble are named by what they say, and all are counted', async () => {
  const registry = openRegistry();
  const cluster = clusterOf(3, FINE);
  cluster.stores.targetGroup.put(group(1, BROKEN));
  let leads = true;
  measureObjects(cluster, { metrics: registry.metrics, leads: () => leads });
  const conditions = async () => seriesIn(await registry.text()).filter((line) => line.startsWith('podwire_condition'));
  const named = 'kind="TargetGroup",namespace="team-1",name="web-1"';
  expect((await conditions()).toSorted()).toEqual([
    'podwire_condition_objects{kind="TargetGroup",type="Ready",status="False",reason="Denied"} 1',
    'podwire_condition_objects{kind="TargetGroup",type="Ready",status="True",reason="Applied"} 2',
    'podwire_condition_objects{kind="TargetGroup",type="Stalled",status="True",reason="Denied"} 1',
    'podwire_condition_objects{kind="TargetGroup",type="TargetsRegistered",status="True",reason="Registered"} 2',
    'podwire_condition_objects{kind="TargetGroup",type="TargetsRegistered",status="Unknown",reason="Registering"} 1',
    `podwire_condition{${named},type="Ready",reason="Denied"} 1`,
    `podwire_condition{${named},type="Stalled",reason="Denied"} 1`,
    `podwire_condition{${named},type="TargetsRegistered",reason="Registering"} 1`,
  ]);
  leads = false;
  expect(await conditions()).toEqual([]);
});

const ledger = (members: object[]): LoadBalancerObject =>
  PROJECTIONS.loadBalancer({
    metadata: { name: 'group.front', uid: 'u-front', resourceVersion: '1' },
    spec: { stack: 'group/front' },
    status: { conditions: [said('MembersAccepted', 'False', 'MemberRefused')], members },
  } as never);

test('row 33: of a load balancer that many share the Ingress that is refused is named, with its reason', async () => {
  const registry = openRegistry();
  const cluster = new Cluster();
  const member = (name: string, accepted: boolean, reason: string) => ({
    ...{ namespace: 'shop', name, uid: name, accepted, reason, message: 'as it is' },
  });
  const [web, api] = [member('web', true, 'Accepted'), member('api', false, 'InvalidValue')];
  cluster.stores.loadBalancer.put(ledger([web, api]));
  measureObjects(cluster, { metrics: registry.metrics, leads: () => true });
  const refused = async () =>
    seriesIn(await registry.text()).filter((line) => line.startsWith('podwire_condition{kind="Ingress"'));
  expect(await refused()).toEqual([
    'podwire_condition{kind="Ingress",namespace="shop",name="api",type="Accepted",reason="InvalidValue"} 1',
  ]);
  cluster.stores.loadBalancer.put(ledger([web, member('api', true, 'Accepted')]));
  expect(await refused()).toEqual([]);
});

test('R12: a controller and its queue are measured as controller-runtime does', async () => {
  const clock = new VirtualClock();
  const registry = openRegistry();
  const { metrics } = registry;
  const queue = startController({
    name: 'targets',
    clock,
    concurrency: 1,
    watch: watchQueue('targets', { metrics, clock }),
    onTimeout: () => metrics.count('controller_runtime_reconcile_timeouts_total', { controller: 'targets' }),
    reconcile: async (key) => {
      await clock.sleep(2_000);
      if (key === 'wrong') throw new Invalid('spec', 'no');
      return key === 'again' ? { again: 600_000 } : undefined;
    },
  });
  measureQueue('targets', queue, { metrics, most: 1 });
  for (const key of ['ok', 'wrong', 'again', 'last']) queue.add(key);
  await clock.advance(7_000);
  const series = seriesIn(await registry.text());
  const both = 'name="targets",controller="targets"';
  for (const line of [
    'controller_runtime_reconcile_total{controller="targets",result="success"} 1',
    'controller_runtime_reconcile_total{controller="targets",result="requeue_after"} 1',
    'controller_runtime_reconcile_total{controller="targets",result="error"} 1',
    'controller_runtime_reconcile_errors_total{controller="targets"} 1',
    'controller_runtime_terminal_reconcile_errors_total{controller="targets"} 1',
    'controller_runtime_active_workers{controller="targets"} 1',
    'controller_runtime_max_concurrent_reconciles{controller="targets"} 1',
    `workqueue_adds_total{${both}} 4`,
    `workqueue_depth{${both}} 0`,
    `workqueue_longest_running_processor_seconds{${both}} 1`,
    `workqueue_unfinished_work_seconds{${both}} 1`,
    `workqueue_work_duration_seconds_sum{${both}} 6`,
    `workqueue_queue_duration_seconds_sum{${both}} 12`,
    `podwire_last_successful_sync_timestamp_seconds{controller="targets"} ${(clock.now() - 1_000) / 1_000}`,
  ])
    expect(series).toContain(line);
});
