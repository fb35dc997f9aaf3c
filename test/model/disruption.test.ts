import { describe, expect, test } from 'vitest';
import type { Node } from '../../src/cluster/objects.ts';
import { departureOf, exclusionOf } from '../../src/model/disruption.ts';
import type { Selection, TargetInput } from '../../src/model/target.ts';
import { selectTargets } from '../../src/model/targets.ts';
import { endpoint, network, node, service, slice, spec } from './samples.ts';

const tainted = (n: number, key: string): Node => node(n, { taints: [{ key, value: '', effect: 'NoSchedule' }] });

const GOES = [
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
  'aws-node-termination-handler/spot-itn',
  'aws-node-termination-handler/rebalance-recommendation',
];
const STAYS = ['DeletionCandidateOfClusterAutoscaler', 'node.kubernetes.io/unschedulable', 'dedicated'];

describe('a node that announces its departure', () => {
  test.each(GOES)('by the taint %s', (key) => expect(departureOf(tainted(1, key))).toContain(key));
  test.each(STAYS)('not by the taint %s', (key) => expect(departureOf(tainted(1, key))).toBeUndefined());
  test('by its deletion', () => expect(departureOf(node(1, { deleting: true }))).toBe('it is being deleted'));
  test('is told apart from one that is only kept out of load balancers', () => {
    const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
    expect(exclusionOf(node(1, { labels }))).toContain('exclude-from-external-load-balancers');
    expect(departureOf(node(1, { labels }))).toBeUndefined();
  });
});

const nodePorts = service({
  type: 'NodePort',
  ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30080 }],
});

describe('instance targets', () => {
  const select = (...nodes: Node[]): Selection =>
    selectTargets({
      object: { namespace: 'shop', spec: spec({ targetType: 'instance' }) },
      service: nodePorts,
      slices: [slice([endpoint(1)])],
      nodes,
      network,
    });

  test.each(GOES)('leave with the taint %s', (key) => {
    const { targets, others, rejected } = select(tainted(1, key), node(2));
    expect(targets.map(({ node: name }) => name)).toEqual(['node-2']);
    expect(others).toMatchObject([{ node: 'node-1', standing: 'leaving' }]);
    expect(rejected).toMatchObject([{ what: 'node node-1', reason: 'NodeLeaving' }]);
  });

  test('stay while the node is only cordoned', () =>
    expect(select(node(1, { unschedulable: true })).targets).toHaveLength(1));

  test('are no hybrid nodes', () =>
    expect(select(node(1, { providerID: 'eks-hybrid:///eu-central-1/shop/mi-1' })).rejected).toMatchObject([
      { reason: 'NotAnInstance', message: 'a hybrid node is no EC2 instance' },
    ]));
});

describe('ip targets on a node that goes', () => {
  const budget = {
    mode: 'Managed',
    detect: 2,
    hold: 0,
    controllerGap: 20,
    propagation: 20,
    margin: 3,
    gate: true,
    gateTimeout: 600,
    livenessGrace: 'Preserve',
  } as const;
  const on = (name: string, n: number) => endpoint(n, { node: name });
  const select = ({ preDrain = true, ...more }: Partial<TargetInput> & { preDrain?: boolean }): Selection => {
    const nodes = [tainted(1, 'karpenter.sh/disrupted'), node(2)];
    return selectTargets({
      object: { namespace: 'shop', spec: spec({ drain: { ...budget, preDrain } }) },
      service: service(),
      slices: [slice([on('node-1', 1), on('node-2', 2)])],
      nodes: [],
      nodeOf: (name) => nodes.find((one) => one.name === name),
      network,
      ...more,
    });
  };

  test('leave before they are evicted, where that is asked for', () => {
    const { targets, others, rejected } = select({});
    expect(targets.map(({ id }) => id)).toEqual(['10.0.0.2']);
    expect(others).toMatchObject([{ id: '10.0.0.1', standing: 'leaving' }]);
    expect(rejected).toMatchObject([{ what: 'pod shop/web-1', reason: 'NodeLeaving' }]);
    expect(rejected[0]?.message).toContain('node-1 is about to go: it carries the taint karpenter.sh/disrupted');
  });

  test('stay where it is not', () => expect(select({ preDrain: false }).targets).toHaveLength(2));

  test('stay while there are no others', () =>
    expect(select({ slices: [slice([on('node-1', 1), on('node-1', 3)])] }).targets).toHaveLength(2));

  test('stay while the others are not ready', () => {
    const unready = endpoint(2, { node: 'node-2', ready: false, serving: false });
    expect(select({ slices: [slice([on('node-1', 1), unready])] }).targets.map(({ id }) => id)).toEqual(['10.0.0.1']);
  });
});

test('a pod of a hybrid node is registered for all zones, by its declared address only', () => {
  const hybrid = node(1, { providerID: 'eks-hybrid:///eu-central-1/shop/mi-1', addresses: [] });
  const at = (address: string): Selection =>
    selectTargets({
      object: { namespace: 'shop', spec: spec() },
      service: service(),
      slices: [slice([endpoint(1, { addresses: [address] })])],
      nodes: [],
      nodeOf: () => hybrid,
      network,
    });
  expect(at('192.168.7.7').targets).toMatchObject([{ id: '192.168.7.7', zone: 'all' }]);
  expect(at('10.0.0.1').rejected).toMatchObject([{ reason: 'UnroutableAddress' }]);
  expect(at('10.0.0.1').rejected[0]?.message).toContain('hybrid node node-1');
});
