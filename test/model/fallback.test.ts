import { describe, expect, test } from 'vitest';
import { decideTargetType, type FallbackInput } from '../../src/model/fallback.ts';
import { endpoint, network, service, slice, terminating } from './samples.ts';

const nodePorts = service({
  type: 'NodePort',
  ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30080 }],
});
const overlay = (n: number) => endpoint(n, { addresses: [`172.16.0.${n}`] });
const decide = (more: Partial<FallbackInput> = {}) =>
  decideTargetType({
    wanted: 'ip',
    service: nodePorts,
    port: { name: 'http' },
    slices: [slice([overlay(1), overlay(2)])],
    addressFamily: 'IPv4',
    network,
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
});
