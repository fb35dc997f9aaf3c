import { describe, expect, test } from 'vitest';
import { decideTargetType, type FallbackInput } from '../../src/model/fallback.ts';
import type { Node } from '../../src/cluster/objects.ts';
import { endpoint, network, node, service, slice, terminating } from './samples.ts';

const nodePorts = service({
  type: 'NodePort',
  ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30080 }],
});
const overlay = (n: number) => endpoint(n, { addresses: [`172.16.0.${n}`] });
const nodesAre = (...nodes: Node[]) => ({
  nodeOf: (name: string) => nodes.find((one) => one.name === name),
  hasInstances: () => nodes.some(({ providerID }) => providerID.includes('/i-')),
});
const local = { ...nodePorts, externalTrafficPolicy: 'Local' as const };
const fargate = (n: number) =>
  node(n, {
    providerID: `aws:///eu-central-1a/abc/fargate-ip-${n}`,
    labels: { 'eks.amazonaws.com/compute-type': 'fargate' },
  });
const hybrid = (n: number, addresses: string[] = []) =>
  node(n, { providerID: `eks-hybrid:///eu-central-1/shop/mi-${n}`, addresses });
const decide = (more: Partial<FallbackInput> = {}) =>
  decideTargetType({
    wanted: 'ip',
    mayFallBack: true,
    hysteresis: { awayMs: 60_000, backMs: 600_000 },
    service: nodePorts,
    port: { name: 'http' },
    slices: [slice([overlay(1), overlay(2)])],
    addressFamily: 'IPv4',
    network,
    ...nodesAre(node(1)),
    previous: undefined,
    now: 0,
    ...more,
  });

describe('fallback', () => {
  test('a new group whose pods cannot be reached takes the node ports at once and names the address', () => {
    const decision = decide();
    expect(decision).toMatchObject({ targetType: 'instance', reason: 'PodIPNotRoutable', possible: true });
    expect(decision.message).toContain('172.16.0.1');
  });

  test('a new group that has no address yet has not decided', () => {
    expect(decide({ slices: [] })).toMatchObject({ targetType: 'ip', reason: 'NoAddressYet' });
    expect(decide({ slices: [] }).state).toBeUndefined();
  });

  test('reachable pods are ip targets, also where some are not', () => {
    expect(decide({ slices: [slice([endpoint(1)])] })).toMatchObject({ targetType: 'ip', reason: 'PodIPRoutable' });
    const mixed = decide({ slices: [slice([endpoint(1), overlay(9)])] });
    expect(mixed).toMatchObject({ targetType: 'ip', reason: 'PartlyRoutable' });
    expect(mixed.message).toContain('172.16.0.9');
  });

  test('without node ports it says what to change and stays', () => {
    const decision = decide({ service: service() });
    expect(decision).toMatchObject({ targetType: 'ip', reason: 'PodIPNotRoutable', possible: false });
    expect(decision.message).toContain('set its spec.type to NodePort (it is ClusterIP)');
  });

  test('asked-for instance targets need node ports', () => {
    expect(decide({ wanted: 'instance' })).toMatchObject({ targetType: 'instance', reason: 'Requested' });
    expect(decide({ wanted: 'instance', service: service() })).toMatchObject({ reason: 'NoNodePort', possible: false });
  });

  test('away after sixty seconds, not before', () => {
    const first = decide({ previous: { targetType: 'ip' }, now: 1_000 });
    expect(first).toMatchObject({ targetType: 'ip', recheckAfterMs: 60_000 });
    const second = decide({ previous: first.state, now: 60_999 });
    expect(second).toMatchObject({ targetType: 'ip', recheckAfterMs: 1 });
    expect(decide({ previous: second.state, now: 61_000 })).toMatchObject({ targetType: 'instance' });
  });

  test('back after ten minutes, and an interruption starts the time anew', () => {
    const back = { slices: [slice([endpoint(1)])] };
    const first = decide({ ...back, previous: { targetType: 'instance' }, now: 0 });
    expect(first).toMatchObject({ targetType: 'instance', recheckAfterMs: 600_000 });
    const interrupted = decide({ previous: first.state, now: 300_000 });
    expect(interrupted.state).toEqual({ targetType: 'instance' });
    const again = decide({ ...back, previous: interrupted.state, now: 400_000 });
    expect(decide({ ...back, previous: again.state, now: 999_999 }).targetType).toBe('instance');
    expect(decide({ ...back, previous: again.state, now: 1_000_000 }).targetType).toBe('ip');
  });

  test('pods that terminate decide nothing', () => {
    expect(decide({ slices: [slice([terminating(1), overlay(2)])] })).toMatchObject({ targetType: 'instance' });
  });

  test('another hysteresis is another time', () => {
    const hysteresis = { awayMs: 1_500, backMs: 0 };
    const first = decide({ hysteresis, previous: { targetType: 'ip' } });
    expect(first).toMatchObject({ targetType: 'ip', recheckAfterMs: 1_500 });
    expect(first.message).toContain('until that has held for 1.5 s');
    const back = { slices: [slice([endpoint(1)])], previous: { targetType: 'instance' as const } };
    expect(decide({ hysteresis, ...back })).toMatchObject({ targetType: 'ip', reason: 'PodIPRoutable' });
  });
});

describe('what an address is', () => {
  test('a pod with the host network is judged by the address of its node', () => {
    const outside = node(1, { addresses: ['172.31.0.9'] });
    const decision = decide({ slices: [slice([endpoint(1, { addresses: ['172.31.0.9'] })])], ...nodesAre(outside) });
    expect(decision).toMatchObject({ targetType: 'instance', reason: 'PodIPNotRoutable' });
    expect(decision.message).toContain('address 172.31.0.9 of node node-1, which its pod shares, is in no subnet');
    const inside = { slices: [slice([endpoint(1, { addresses: ['10.0.1.1'] })])] };
    expect(decide(inside)).toMatchObject({ targetType: 'ip', reason: 'PodIPRoutable' });
  });

  test('a pod on a hybrid node is reached by a declared CIDR only, whatever its number', () => {
    const inSubnet = decide({ slices: [slice([endpoint(1)])], ...nodesAre(hybrid(1), node(2)) });
    expect(inSubnet).toMatchObject({ targetType: 'instance', reason: 'PodIPNotRoutable' });
    expect(inSubnet.message).toContain('pod IP 10.0.0.1 is on hybrid node node-1 and in no CIDR that is declared');
    const declared = [slice([endpoint(1, { addresses: ['192.168.7.7'] })])];
    expect(decide({ slices: declared, ...nodesAre(hybrid(1)) })).toMatchObject({ reason: 'PodIPRoutable' });
  });

  test('a node is hybrid by its label, too', () => {
    const labelled = node(1, { providerID: '', labels: { 'eks.amazonaws.com/compute-type': 'hybrid' } });
    expect(decide({ slices: [slice([endpoint(1)])], ...nodesAre(labelled, node(2)) }).message).toContain('hybrid node');
  });
});

describe('nodes that cannot take the place of pods', () => {
  test('Fargate alone: nodes elsewhere forward, and it is said', () => {
    const decision = decide({ ...nodesAre(fargate(1), node(2)) });
    expect(decision).toMatchObject({ targetType: 'instance', possible: true });
    expect(decision.message).toContain('nodes elsewhere forward to its endpoints (its endpoints run on Fargate only)');
  });

  test('Fargate alone in a cluster without instances: nothing can be a target', () => {
    const decision = decide({ ...nodesAre(fargate(1)) });
    expect(decision).toMatchObject({ targetType: 'ip', reason: 'NoInstance', possible: false });
    expect(decision.message).toContain('no node of the cluster is an EC2 instance');
  });

  test('Fargate alone with policy Local: nodes elsewhere do not forward', () => {
    const decision = decide({ service: local, ...nodesAre(fargate(1), node(2)) });
    expect(decision).toMatchObject({ targetType: 'ip', reason: 'NoInstance', possible: false });
    expect(decision.message).toMatch(/externalTrafficPolicy is Local.*Fargate only.*set it to Cluster/);
    const asked = decide({ wanted: 'instance', service: local, ...nodesAre(fargate(1), node(2)) });
    expect(asked).toMatchObject({ targetType: 'instance', reason: 'NoInstance', possible: false });
  });
});

describe('target-fallback: never', () => {
  const never = { mayFallBack: false };

  test('what is not served is named, with the reason and what to do', () => {
    const decision = decide(never);
    expect(decision).toMatchObject({ targetType: 'ip', reason: 'FallbackOff', possible: false });
    expect(decision.message).toMatch(
      /172\.16\.0\.1.*target-fallback is never.*none of the 2 endpoints of Service shop\/web/,
    );
    expect(decision.state).toBeUndefined();
  });

  test('says nothing else than usual where pods can be reached', () => {
    expect(decide({ ...never, slices: [slice([endpoint(1)])] })).toMatchObject({ reason: 'PodIPRoutable' });
    const mixed = decide({ ...never, slices: [slice([endpoint(1), overlay(9)])] });
    expect(mixed).toMatchObject({ targetType: 'ip', reason: 'PartlyRoutable', possible: true });
    expect(mixed.message).toContain('1 of 2 endpoints get no requests: 172.16.0.9');
  });
});
