import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TargetInput } from '../../src/model/target.ts';
import { selectTargets } from '../../src/model/targets.ts';
import { deleted, webPod } from './pods.ts';
import { endpoint, network, node, service, slice, spec, terminating } from './samples.ts';

const input = (more: Partial<TargetInput> = {}): TargetInput => ({
  object: { namespace: 'shop', spec: spec() },
  service: service(),
  slices: [slice([endpoint(1), endpoint(2)])],
  nodes: [node(1)],
  network,
  ...more,
});
const selected = (more: Partial<TargetInput>) => selectTargets(input(more));
const NOT_READY = endpoint(1, { ready: false, serving: false });
const keys = (more: Partial<TargetInput>): string[] => selected(more).targets.map(({ id, port }) => `${id}:${port}`);
const reasons = (more: Partial<TargetInput>): string[] => selected(more).rejected.map(({ reason }) => reason);

describe('ip targets', () => {
  test('a ready endpoint becomes a target with the identity of its pod', () => {
    expect(selected({ slices: [slice([endpoint(1)])] }).targets).toEqual([
      { id: '10.0.0.1', port: 8080, uid: 'pod-1', node: 'node-1' },
    ]);
  });

  test('the Service port is found by name and by number', () => {
    const byNumber = { namespace: 'shop', spec: spec({ service: { name: 'web', port: { number: 80 } } }) };
    expect(keys({ object: byNumber })).toEqual(keys({}));
  });

  test('a slice whose container port differs gives its own number', () => {
    const other = slice([endpoint(3)], { ports: [{ name: 'http', port: 9090, protocol: 'TCP' }] });
    expect(keys({ slices: [slice([endpoint(1)]), other] })).toEqual(['10.0.0.1:8080', '10.0.0.3:9090']);
  });

  test('a port name that no pod has is said with what there is', () => {
    const named = service({ ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'web' }] });
    const { targets, rejected } = selected({ service: named, slices: [slice([endpoint(1)], { ports: [] })] });
    expect(targets).toEqual([]);
    expect(rejected[0]).toMatchObject({ what: 'pod shop/web-1', reason: 'PortNotFound' });
    expect(rejected[0]?.message).toContain('"web"');
  });

  test('a missing Service and a missing Service port are said', () => {
    expect(reasons({ service: undefined })).toEqual(['ServiceNotFound']);
    const missing = selected({ service: service({ ports: [] }) });
    expect(missing.rejected[0]?.message).toBe('wanted a port named "http", and the Service has no ports');
  });

  test.each([
    ['leaves and serves, while the slice still says ready', endpoint(1), deleted(webPod(1), 0), 'leaving'],
    ['leaves and does not serve', terminating(1), deleted(webPod(1, { containersReady: false }), 0), 'ended'],
    [
      'is ended by the kubelet, which says nothing in the slice',
      endpoint(1),
      webPod(1, { endedByKubelet: true }),
      'ended',
    ],
    ['has failed', endpoint(1), webPod(1, { phase: 'Failed' }), 'ended'],
    ['is not known, as the slice says', terminating(1), undefined, 'leaving'],
    ['terminates by the slice alone', terminating(1), webPod(1), 'leaving'],
    ['is kept from being ready by our gate', NOT_READY, webPod(1, { ready: false }), 'wanted'],
    ['is not ready', NOT_READY, webPod(1, { ready: false, containersReady: false }), 'unready'],
    ['is not ready, without our gate', NOT_READY, webPod(1, { ready: false, gated: false }), 'unready'],
    ['is ready, and the slice late', NOT_READY, webPod(1), 'wanted'],
    [
      'is not ready, and the Service publishes it nonetheless',
      endpoint(1),
      webPod(1, { containersReady: false }),
      'wanted',
    ],
  ] as const)('what the pod says wins: one that %s', (_, one, pod, standing) => {
    const { targets, others } = selected({ slices: [slice([one])], podOf: () => pod });
    expect([...targets.map(() => 'wanted'), ...others.map((other) => other.standing)]).toEqual([standing]);
  });

  test.each([
    ['not ready', endpoint(1, { ready: false, serving: false }), 'NotReady', 'unready'],
    ['terminating and serving', terminating(1), 'Terminating', 'leaving'],
    ['terminating, published though not ready', endpoint(1, { terminating: true }), 'Terminating', 'leaving'],
    ['terminating and not serving', terminating(1, false), 'Terminating', 'ended'],
  ])('%s: no target, and its standing is kept', (...[, one, reason, standing]) => {
    const selection = selected({ slices: [slice([one])] });
    expect(selection.targets).toEqual([]);
    expect(selection.rejected.map((r) => r.reason)).toEqual([reason]);
    expect(selection.others).toMatchObject([{ id: '10.0.0.1', port: 8080, uid: 'pod-1', standing }]);
  });

  test.each([
    ['no address', endpoint(1, { addresses: [] }), {}, 'NoAddress'],
    ['no IP address', endpoint(1, { addresses: ['web'] }), {}, 'NotAnAddress'],
    ['a name', endpoint(1, { addresses: ['web.example'] }), { addressType: 'FQDN' as const }, 'NotAnAddress'],
    [
      'the other family',
      endpoint(1, { addresses: ['2001:db8::1'] }),
      { addressType: 'IPv6' as const },
      'WrongAddressFamily',
    ],
    ['an unroutable address', endpoint(1, { addresses: ['172.16.0.1'] }), {}, 'UnroutableAddress'],
  ])('%s: no target and a reason', (...[, one, more, reason]) => {
    const selection = selected({ slices: [slice([one], more)] });
    expect([selection.targets, selection.rejected.map((r) => r.reason)]).toEqual([[], [reason]]);
  });

  test('an address outside the subnets that is declared routable is registered for all zones', () => {
    const outside = endpoint(1, { addresses: ['192.168.7.7'] });
    expect(selected({ slices: [slice([outside])] }).targets).toMatchObject([{ id: '192.168.7.7', zone: 'all' }]);
  });

  test('an IPv6 group takes the IPv6 endpoints, and the same pods in IPv4 are no news', () => {
    const six = slice([endpoint(1, { addresses: ['2001:db8::1'] })], { addressType: 'IPv6' });
    const object = { namespace: 'shop', spec: spec({ addressFamily: 'IPv6' }) };
    const selection = selected({ object, slices: [slice([endpoint(1)]), six] });
    expect(selection.targets.map(({ id }) => id)).toEqual(['2001:db8::1']);
    expect(selection.rejected).toEqual([]);
  });

  test('of an address in two entries the ready one counts', () => {
    const before = { ...terminating(1, false), pod: { uid: 'old', namespace: 'shop', name: 'old' } };
    const { targets, rejected } = selected({ slices: [slice([before]), slice([endpoint(1)])] });
    expect(targets).toMatchObject([{ uid: 'pod-1' }]);
    expect(rejected.map(({ reason }) => reason)).toEqual(['DuplicateEndpoint']);
  });

  test('while the network is not known every address counts as one of a subnet', () => {
    expect(keys({ network: undefined, slices: [slice([endpoint(1, { addresses: ['172.16.0.1'] })])] })).toEqual([
      '172.16.0.1:8080',
    ]);
  });

  test('each endpoint is a target or has a reason, and no order of the input changes the targets', () => {
    const any = fc.record({
      n: fc.integer({ min: 1, max: 200 }),
      ready: fc.boolean(),
      serving: fc.boolean(),
      terminating: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.uniqueArray(any, { selector: ({ n }) => n, maxLength: 30 }), (drawn) => {
        const endpoints = drawn.map(({ n, ...state }) => endpoint(n, state));
        const { targets, rejected, others } = selected({ slices: [slice(endpoints)] });
        expect(targets.length + rejected.length).toBe(endpoints.length);
        expect(others.length).toBe(rejected.length);
        expect(selected({ slices: [slice(endpoints.toReversed())] }).targets).toEqual(targets);
      }),
    );
  });
});

describe('instance targets', () => {
  const nodePorts = service({
    type: 'NodePort',
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30080 }],
  });
  const instance = (more: Partial<TargetInput> = {}, wanted = {}) =>
    selected({
      object: { namespace: 'shop', spec: spec({ targetType: 'instance', ...wanted }) },
      service: nodePorts,
      ...more,
    });

  test('each node that can serve is a target at the node port', () => {
    expect(instance({ nodes: [node(2), node(1, { unschedulable: true })] }).targets).toEqual([
      { id: 'i-0001', port: 30080, uid: 'uid-node-1', node: 'node-1' },
      { id: 'i-0002', port: 30080, uid: 'uid-node-2', node: 'node-2' },
    ]);
  });

  test.each([
    ['NodeNotReady', node(1, { ready: false }), 'unready'],
    ['NodeExcluded', node(1, { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } }), 'leaving'],
    [
      'NodeLeaving',
      node(1, { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', value: '', effect: 'NoSchedule' }] }),
      'leaving',
    ],
    ['NodeLeaving', node(1, { deleting: true }), 'leaving'],
  ])('%s', (reason, one, standing) => {
    const selection = instance({ nodes: [one] });
    expect(selection.targets).toEqual([]);
    expect(selection.rejected.map((r) => r.reason)).toEqual([reason]);
    expect(selection.others).toMatchObject([{ id: 'i-0001', standing }]);
  });

  test.each([
    ['FargateNode', node(1, { providerID: 'aws:///eu-central-1a/1234/fargate-ip-10-0-0-1' })],
    ['NotAnInstance', node(1, { providerID: '' })],
    ['NotAnInstance', node(1, { providerID: 'eks-hybrid:///eu-central-1/prod/mi-1' })],
  ])('%s', (reason, one) => {
    const { targets, rejected } = instance({ nodes: [one, node(2)] });
    expect([targets.length, rejected.map((r) => r.reason)]).toEqual([1, [reason]]);
  });

  test('a node selector chooses, and names the label that is missing', () => {
    const { targets, rejected } = instance(
      { nodes: [node(1), node(2, { labels: { pool: 'web' } })] },
      { nodeSelector: { pool: 'web' } },
    );
    expect(targets.map(({ node: name }) => name)).toEqual(['node-2']);
    expect(rejected).toEqual([
      { what: 'node node-1', reason: 'NodeNotSelected', message: 'wanted the label pool=web, given none' },
    ]);
  });

  test('externalTrafficPolicy Local takes the nodes with a ready endpoint', () => {
    const local = { ...nodePorts, externalTrafficPolicy: 'Local' as const };
    const { targets, rejected } = instance({ service: local, nodes: [node(1), node(2)] });
    expect([targets.map(({ node: name }) => name), rejected.map((r) => r.reason)]).toEqual([
      ['node-1'],
      ['NoLocalEndpoint'],
    ]);
  });

  test('without a node port the message says what to change', () => {
    const { rejected } = instance({ service: service() });
    expect(rejected[0]?.reason).toBe('NoNodePort');
    expect(rejected[0]?.message).toContain('set spec.type to NodePort');
  });
});
