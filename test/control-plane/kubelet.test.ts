import { afterEach, expect, test } from 'vitest';
import { conditionOf, isActive, isReady, KINDS, type Node, type Pod } from '../../src/local/cluster/objects.ts';
import { loopbackOf } from '../../src/local/loopback.ts';
import { until } from '../../src/local/until.ts';
import { describeOnControlPlane } from './fixture.ts';
import { web } from './manifests.ts';

const GATE = 'example.dev/gate';

describeOnControlPlane('the kubelet on a real control plane', (fixture) => {
  const all = async (): Promise<Pod[]> => (await fixture().api.list(KINDS.pod, { namespace: 'default' })) as Pod[];
  const active = async (): Promise<Pod[]> => (await all()).filter(isActive);
  const podOf = async (name: string): Promise<Pod | undefined> =>
    (await fixture().api.get(KINDS.pod, { namespace: 'default', name })) as Pod | undefined;
  const condition = async (name: string, type: string): Promise<string | undefined> => {
    const pod = await podOf(name);
    const found = pod && conditionOf(pod, type);
    return found && [found.status, found.reason].filter(Boolean).join(' ');
  };
  const ready = (count: number): Promise<Pod[]> =>
    until(
      `${count} ready pods`,
      async () => {
        const pods = await active();
        return pods.length === count && pods.every(isReady) && pods;
      },
      30_000,
    );
  const answers = async ({ status, spec }: Pod): Promise<boolean> => {
    const { host, port } = loopbackOf(status?.podIP ?? '', spec.containers[0]?.ports?.[0]?.containerPort ?? 0);
    return fetch(`http://${host}:${port}/`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  const workload = (kind: string, spec: object, podSpec: object = {}): object => {
    const { metadata, spec: common } = web(podSpec);
    const { replicas, selector, template } = common;
    return { apiVersion: 'apps/v1', kind, metadata, spec: { replicas, selector, template, ...spec } };
  };
  const pod = (name: string, podSpec: object = {}): object => {
    const { spec } = web(podSpec).spec.template;
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec };
  };

  afterEach(async () => {
    const { kubectl } = fixture();
    await kubectl('delete', 'deployment,statefulset,daemonset,pdb', '--all');
    await kubectl('delete', 'pods', '--all', '--grace-period=1');
    await kubectl('uncordon', '--selector', 'kubernetes.io/os=linux');
    await until('no pods', async () => (await all()).length === 0);
  });

  test('a gate holds Ready back while it is missing or False, and nobody’s condition is lost', async () => {
    const { api, kubectl } = fixture();
    await kubectl.apply(pod('gated', { readinessGates: [{ conditionType: GATE }] }));
    await until('containers ready', async () => (await condition('gated', 'ContainersReady')) === 'True');
    expect(await condition('gated', 'Ready')).toBe('False ReadinessGatesNotReady');
    const set = (status: string, type = GATE) =>
      api.patch(
        KINDS.pod,
        { namespace: 'default', name: 'gated' },
        {
          type: 'apply',
          fieldManager: type,
          subresource: 'status',
          body: { metadata: { name: 'gated', namespace: 'default' }, status: { conditions: [{ type, status }] } },
        },
      );
    await set('True', 'example.dev/foreign');
    await set('True');
    await until('ready', async () => (await condition('gated', 'Ready')) === 'True');
    await set('False');
    await until('not ready', async () => (await condition('gated', 'Ready')) === 'False ReadinessGatesNotReady');
    await set('True');
    await until('ready again', async () => (await condition('gated', 'Ready')) === 'True');
    await kubectl('annotate', 'pod/gated', 'local.podwire.dev/ready=false');
    await until('probe fails', async () => (await condition('gated', 'Ready')) === 'False ContainersNotReady');
    expect([await condition('gated', GATE), await condition('gated', 'example.dev/foreign')]).toEqual(['True', 'True']);
  });

  test('a condition that somebody writes with a merge of the whole list is kept as well', async () => {
    const { api, kubectl } = fixture();
    await kubectl.apply(pod('merged'));
    await until('ready', async () => (await condition('merged', 'Ready')) === 'True');
    const conditions = [...((await podOf('merged'))?.status?.conditions ?? []), { type: GATE, status: 'True' }];
    const key = { namespace: 'default', name: 'merged' };
    await api.patch(KINDS.pod, key, { type: 'merge', subresource: 'status', body: { status: { conditions } } });
    await kubectl('annotate', 'pod/merged', 'local.podwire.dev/ready=false');
    await until('probe fails', async () => (await condition('merged', 'Ready')) === 'False ContainersNotReady');
    expect(await condition('merged', GATE)).toBe('True');
  });

  test('an evicted pod fails without a deletion, and its ReplicaSet replaces it', async () => {
    const { kubectl, nodes } = fixture();
    await kubectl.apply(web());
    const [victim] = (await ready(3)) as [Pod];
    await nodes.evict({ namespace: 'default', name: victim.metadata.name });
    await until('failed', async () => (await podOf(victim.metadata.name))?.status?.phase === 'Failed');
    const failed = await podOf(victim.metadata.name);
    expect(failed?.metadata.deletionTimestamp).toBeUndefined();
    expect(await condition(victim.metadata.name, 'DisruptionTarget')).toBe('True TerminationByKubelet');
    expect(await answers(victim)).toBe(false);
    expect((await ready(3)).map(({ metadata }) => metadata.name)).not.toContain(victim.metadata.name);
  });

  test('a node that shuts down ends its pods within the time it gives, and they are replaced elsewhere', async () => {
    const { kubectl, nodes } = fixture();
    await kubectl.apply(web());
    const [victim] = (await ready(3)) as [Pod];
    const node = victim.spec.nodeName ?? '';
    await nodes.shutDownNode(node, 4);
    expect(await answers(victim)).toBe(true);
    expect(await condition(victim.metadata.name, 'Ready')).toBe('True');
    await until('failed', async () => (await podOf(victim.metadata.name))?.status?.reason === 'Terminated');
    expect((await ready(3)).every(({ spec }) => spec.nodeName !== node)).toBe(true);
    await nodes.startNode(node);
    const conditions = (await fixture().api.get(KINDS.node, { name: node })) as Node;
    expect(conditionOf(conditions, 'Ready')?.status).toBe('True');
  });

  test('a drain evicts one pod at a time where a budget says so, and the cordoned node stays empty', async () => {
    const { kubectl } = fixture();
    const selector = { matchLabels: { app: 'web' } };
    const spec = { minAvailable: 3, selector };
    await kubectl.apply(web(), {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec,
    });
    const [victim] = (await ready(3)) as [Pod];
    const node = victim.spec.nodeName ?? '';
    const drain = () => kubectl('drain', node, '--timeout=8s', '--ignore-daemonsets');
    await expect(drain()).rejects.toThrow('disruption budget');
    expect(await podOf(victim.metadata.name)).toBeDefined();
    await kubectl('scale', 'deployment/web', '--replicas=4');
    await until('one may go', async () => (await active()).filter(isReady).length === 4);
    await kubectl('drain', node, '--timeout=60s', '--ignore-daemonsets');
    const rest = await ready(4);
    expect(rest.some(({ spec: { nodeName } }) => nodeName === node)).toBe(false);
  });

  test('a tainted node takes only pods that tolerate it', async () => {
    const { kubectl, nodes } = fixture();
    const [node] = nodes.nodes;
    const nodeSelector = { 'kubernetes.io/hostname': node?.name };
    await kubectl('taint', 'node', node?.name ?? '', 'dedicated=web:NoSchedule');
    await kubectl.apply(
      pod('refused', { nodeSelector }),
      pod('taken', { nodeSelector, tolerations: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }] }),
    );
    await until('taken', async () => (await condition('taken', 'Ready')) === 'True');
    expect((await podOf('refused'))?.spec.nodeName).toBeUndefined();
    await kubectl('taint', 'node', node?.name ?? '', 'dedicated-');
    await until('refused no more', async () => (await condition('refused', 'Ready')) === 'True');
  });

  test('a StatefulSet is updated from its partition on, each pod after its namesake has ended', async () => {
    const { kubectl } = fixture();
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
    await kubectl.apply(workload('StatefulSet', { serviceName: 'web', updateStrategy }));
    await ready(3);
    await kubectl('set', 'env', 'statefulset/web', 'VERSION=v2');
    const versions = async () =>
      (await ready(3))
        .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .map(({ spec }) => spec.containers[0]?.env?.[0]?.value);
    await until('from 1 on', async () => String(await versions()) === ',v2,v2');
  });

  test('a DaemonSet with surge has its new pod beside the old one on every node', async () => {
    const { kubectl, nodes } = fixture();
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    await kubectl.apply(workload('DaemonSet', { replicas: undefined, updateStrategy }));
    await ready(3);
    await kubectl('set', 'env', 'daemonset/web', 'VERSION=v2');
    let least = 3;
    await until('every node has the new one', async () => {
      const pods = await active();
      least = Math.min(least, pods.filter(isReady).length);
      return pods.length === 3 && pods.every((one) => isReady(one) && one.spec.containers[0]?.env?.[0]?.value === 'v2');
    });
    expect(least).toBe(3);
    expect(new Set((await active()).map(({ spec }) => spec.nodeName)).size).toBe(nodes.nodes.length);
  });

  test('Recreate starts the new pods when the old ones have ended', async () => {
    const { kubectl } = fixture();
    await kubectl.apply(workload('Deployment', { strategy: { type: 'Recreate' } }));
    const old = (await ready(3)).map(({ metadata }) => metadata.name);
    await kubectl('set', 'env', 'deployment/web', 'VERSION=v2');
    let mixed = false;
    await until('recreated', async () => {
      const names = (await all()).map(({ metadata }) => metadata.name);
      mixed ||= names.some((name) => old.includes(name)) && names.some((name) => !old.includes(name));
      return names.length === 3 && !names.some((name) => old.includes(name));
    });
    await ready(3);
    expect(mixed).toBe(false);
  });
});
