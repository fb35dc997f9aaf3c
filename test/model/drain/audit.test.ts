import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INJECTED } from '../../../src/api/pod.ts';
import { projectPod } from '../../../src/cluster/projections/pod.ts';
import type { Pod, PreStop } from '../../../src/cluster/objects.ts';
import { auditPods, type Demand, lackOf } from '../../../src/model/drain/audit.ts';
import { findExcess } from '../../../src/model/drain/excess.ts';
import { node } from '../samples.ts';

const SINCE = '2026-01-02T00:00:00Z';
const DEMAND: Demand = { seconds: 45, gate: true, since: SINCE };

type Hook = object | undefined;
type PodOptions = {
  name?: string;
  hooks?: Hook[];
  grace?: number;
  gated?: boolean;
  created?: string;
  annotations?: Record<string, string>;
  restartPolicy?: string;
  owner?: { kind: string; name: string };
  node?: string;
};

const sleep = (seconds: number): object => ({ sleep: { seconds } });
const exec = (...command: string[]): object => ({ exec: { command } });

/** A pod as the API server has it, protected where nothing else is said. */
function podOf(options: PodOptions = {}): Pod {
  const {
    name = 'web-1',
    hooks = [sleep(45)],
    grace = 75,
    gated = true,
    owner = { kind: 'ReplicaSet', name: 'web-5d8' },
  } = options;
  return projectPod({
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: options.created ?? '2026-01-03T00:00:00Z',
      labels: { 'pod-template-hash': '5d8' },
      annotations: options.annotations ?? {},
      ownerReferences: [{ apiVersion: 'apps/v1', controller: true, uid: 'owner', ...owner } as never],
    },
    spec: {
      nodeName: options.node ?? 'node-1',
      restartPolicy: options.restartPolicy ?? 'Always',
      terminationGracePeriodSeconds: grace,
      readinessGates: gated ? [{ conditionType: 'podwire.dev/target-ready' }] : [],
      containers: hooks.map((preStop, at) => ({
        name: at === 0 ? 'app' : `side-${at}`,
        ...(preStop && { lifecycle: { preStop } }),
      })),
    },
  });
}

const injected = { [INJECTED.preStopSeconds]: '20', [INJECTED.containers]: 'app' };
const OLD = '2026-01-01T00:00:00Z';

describe('what a pod lacks', () => {
  test.each<[string, PodOptions]>([
    ['the sleep', {}],
    ['a longer sleep of its own', { hooks: [sleep(60)], grace: 90 }],
    ['a command that sleeps', { hooks: [exec('sleep', '50')] }],
    ['a shell that sleeps', { hooks: [exec('sh', '-c', 'sleep 46')] }],
    ['enough in each container', { hooks: [sleep(45), exec('/bin/sleep', '45s')] }],
    ['enough of its own though it opted out', { annotations: { 'podwire.dev/drain': 'off' } }],
    ['enough though it is old', { created: OLD }],
  ])('nothing: %s', (_, options) => expect(lackOf(podOf(options), DEMAND)).toBeUndefined());

  test.each<[PodOptions, string, string]>([
    [{ hooks: [exec('sleep', '10')] }, 'ShortPreStop', 'need 45, container app has exec preStop 10'],
    [{ hooks: [sleep(45), sleep(5)] }, 'ShortPreStop', 'need 45, container side-1 has preStop sleep 5'],
    [{ hooks: [exec('/drain.sh')] }, 'ShortPreStop', 'need 45, container app has a preStop of unknown length'],
    [
      { hooks: [{ httpGet: { path: '/bye', port: 80 } }] },
      'ShortPreStop',
      'need 45, container app has a preStop of unknown length',
    ],
    [
      { hooks: [{ tcpSocket: { port: 80 } }] },
      'ShortPreStop',
      'need 45, container app has a preStop of unknown length',
    ],
    [{ hooks: [{}] }, 'ShortPreStop', 'need 45, container app has a preStop of unknown length'],
    [{ hooks: [sleep(10)], created: OLD }, 'ShortPreStop', 'need 45, container app has preStop sleep 10'],
    [{ hooks: [undefined] }, 'NotInjected', 'need 45, container app has no preStop'],
    [{ hooks: [sleep(45), undefined] }, 'NotInjected', 'need 45, container side-1 has no preStop'],
    [{ hooks: [sleep(20)], annotations: injected }, 'NotInjected', 'need 45, container app has preStop sleep 20'],
    [{ gated: false }, 'NoGate', 'no readiness gate podwire.dev/target-ready'],
    [
      { hooks: [exec('sleep', '60')], grace: 30 },
      'ShortGrace',
      'need 45, terminationGracePeriodSeconds 30 ends the preStop before',
    ],
    [
      { hooks: [undefined], annotations: { 'podwire.dev/drain': 'off' } },
      'OptedOut',
      'need 45, opted out by podwire.dev/drain=off, container app has no preStop',
    ],
    [
      { hooks: [undefined], restartPolicy: 'Never' },
      'RestartPolicy',
      'need 45, restartPolicy is Never, container app has no preStop',
    ],
    [
      { hooks: [undefined], owner: { kind: 'Node', name: 'node-1' } },
      'MirrorPod',
      'need 45, its node runs it from a file of its own, container app has no preStop',
    ],
    [
      { hooks: [undefined], grace: 0 },
      'NoGrace',
      'need 45, terminationGracePeriodSeconds is 0, so that it ends at once, container app has no preStop',
    ],
    [
      { gated: false, annotations: { 'podwire.dev/drain': 'off' } },
      'NoGate',
      'no readiness gate podwire.dev/target-ready, opted out by podwire.dev/drain=off',
    ],
  ])('%j: %s', (options, reason, message) => expect(lackOf(podOf(options), DEMAND)).toEqual({ reason, message }));

  test.each<[string, PodOptions]>([
    ['nothing was injected', { hooks: [undefined] }],
    ['less was injected', { hooks: [sleep(20)], annotations: injected }],
    ['it has no gate', { gated: false }],
  ])('being older than the line, where %s', (_, options) => {
    expect(lackOf(podOf({ ...options, created: OLD }), DEMAND)?.reason).toBe('OlderThanLine');
    expect(lackOf(podOf({ ...options, created: '2026-01-02T00:00:04Z' }), DEMAND)?.reason).toBe('OlderThanLine');
    expect(lackOf(podOf({ ...options, created: '2026-01-02T00:00:06Z' }), DEMAND)?.reason).not.toBe('OlderThanLine');
    const { since: _since, ...unmanaged } = DEMAND;
    expect(lackOf(podOf({ ...options, created: OLD }), unmanaged)?.reason).not.toBe('OlderThanLine');
  });

  test('a gate is asked for only where the budget has one', () =>
    expect(lackOf(podOf({ gated: false }), { ...DEMAND, gate: false })).toBeUndefined());

  test('never less than the shortest container and its grace serve', () => {
    const hook = fc.record({
      container: fc.constantFrom('app', 'side'),
      kind: fc.constantFrom<PreStop['kind']>('sleep', 'exec', 'none', 'unknown'),
      seconds: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(hook, { maxLength: 3 }), fc.nat(100), fc.nat(100), (preStops, graceSeconds, seconds) => {
        const known = preStops.map((one) => (['none', 'unknown'].includes(one.kind) ? { ...one, seconds: 0 } : one));
        const serves = Math.min(graceSeconds, ...(known.length === 0 ? [0] : known.map((one) => one.seconds)));
        const lack = lackOf({ ...podOf(), preStops: known, graceSeconds }, { seconds, gate: false });
        expect(lack === undefined).toBe(serves >= seconds);
      }),
    );
  });
});

describe('the condition of a target group', () => {
  const said = (...pods: PodOptions[]) =>
    auditPods(
      pods.map((one, at) => podOf({ name: `web-${at}`, ...one })),
      DEMAND,
    ).condition;

  test('is Sufficient where every pod has enough', () => {
    expect(said({}, {})).toEqual({ status: 'True', reason: 'Sufficient', message: 'need 45, and 2 pods have it' });
    expect(said()).toEqual({ status: 'True', reason: 'Sufficient', message: 'no pods' });
  });

  test('names what is missing once, and how many pods it is missing on', () => {
    const short = { hooks: [exec('sleep', '10')] };
    expect(said(short, short, {})).toEqual({
      status: 'False',
      reason: 'Insufficient',
      message: 'need 45, container app has exec preStop 10 (2 pods)',
    });
    expect(said(short).message).toBe('need 45, container app has exec preStop 10');
  });

  test('counts the pods that the next rollout replaces', () => {
    const old = { hooks: [undefined], gated: false, created: OLD };
    expect(said(old, old, old).message).toBe('3 pods older than the drain line; the next rollout replaces them');
    expect(said(old, {}).message).toBe('1 pod older than the drain line; the next rollout replaces it');
  });

  test('counts them by workload where there are several', () => {
    const old = { hooks: [undefined], created: OLD };
    const set = { ...old, owner: { kind: 'StatefulSet', name: 'db' } };
    expect(said(old, set, set).message).toBe(
      '3 pods older than the drain line; the next rollout replaces them (Deployment web: 1, StatefulSet db: 2)',
    );
  });

  test('tells three things, those that heal by themselves last', () => {
    const old = { hooks: [undefined], created: OLD };
    expect(said(old, { hooks: [exec('sleep', '10')] }).message).toBe(
      'need 45, container app has exec preStop 10; 1 pod older than the drain line; the next rollout replaces it',
    );
    const many = [1, 2, 3, 4, 5].map((seconds) => ({ hooks: [sleep(seconds)] }));
    expect(said(...many).message).toMatch(/sleep 3; and 2 more$/);
  });
});

describe('pods that may take too long to end', () => {
  const spot = node(1, { labels: { 'karpenter.sh/capacity-type': 'spot' } });
  const limits = { maxTotalGrace: 300, node: (name: string) => (name === 'node-1' ? spot : node(2)) };

  test('are told by the setting, and on spot nodes by their notice', () => {
    expect(findExcess([podOf({ grace: 75 })], limits)).toEqual([]);
    expect(findExcess([podOf({ grace: 180, node: 'node-2' })], limits)).toEqual([]);
    expect(findExcess([podOf({ grace: 345, node: 'node-2' })], limits)).toEqual([
      {
        reason: 'DrainExceedsTotalGrace',
        message:
          '1 pod may take 345 s to end, preStop included (Deployment web); wanted at most drain-max-total-grace-seconds 300',
      },
    ]);
    expect(findExcess([podOf({ grace: 180 })], limits)).toEqual([
      {
        reason: 'DrainExceedsSpotNotice',
        message:
          '1 pod may take 180 s to end, preStop included (Deployment web); wanted at most the 110 s a spot node has left',
      },
    ]);
  });
});
