import { describe, expect, test } from 'vitest';
import type { Pod, TargetGroupObject } from '../../../src/cluster/objects.ts';
import { type Explanation, explainPod, type PodFacts, tellExplanation } from '../../../src/model/explain/pod.ts';
import { readLines } from '../../../src/model/drain/lines.ts';
import { DRAIN_BUDGET } from '../drain/samples.ts';
import { endpoint, meta, service, slice, spec } from '../samples.ts';

const SINCE = '2025-12-31T00:00:00.000Z';

const podOf = (more: Partial<Pod> = {}): Pod => ({
  ...meta('web-1', { uid: 'pod-1', labels: { app: 'web' } }),
  addresses: ['10.0.0.1'],
  hostNetwork: false,
  phase: 'Running',
  restartPolicy: 'Always',
  ready: true,
  containersReady: true,
  gated: true,
  gate: { status: 'True', reason: 'TargetHealthy', message: 'seen healthy', since: SINCE },
  graceSeconds: 75,
  endedByKubelet: false,
  preStops: [{ container: 'app', kind: 'sleep', seconds: 45 }],
  ...more,
});

const group = (more: Partial<TargetGroupObject> = {}): TargetGroupObject => ({
  ...meta('group'),
  spec: spec({ drain: DRAIN_BUDGET }),
  status: {},
  ...more,
});

function explained(pod: Partial<Pod>, more: Partial<PodFacts> = {}): Explanation {
  return explainPod({
    pod: podOf(pod),
    services: [
      service(),
      service({ ...meta('other'), selector: { app: 'other' } }),
      service({ ...meta('bare'), selector: {} }),
    ],
    groups: [group()],
    slices: [slice([endpoint(1)])],
    nodes: [],
    lines: readLines({ web: 'v1;45;true;preserve;app=web' }, JSON.stringify({ web: SINCE }), SINCE),
    ...more,
  });
}

describe('what is wrong first with a pod', () => {
  test('nothing', () => {
    expect(explained({})).toMatchObject({ verdict: 'serves', services: ['web'], lines: [{ olderThanLine: false }] });
  });

  test.each<[Partial<Pod>, string]>([
    [{ labels: {} }, 'is no target: no Service of its namespace selects it'],
    [{ containersReady: false }, 'is not ready: its containers are not'],
    [
      { gate: { status: 'False', reason: 'TargetInitial', message: 'not checked yet', since: SINCE } },
      'is not ready: its gate waits, TargetInitial: not checked yet',
    ],
    [{ endedByKubelet: true }, 'is leaving: phase Running, ended by its kubelet'],
    [{ phase: 'Failed' }, 'is leaving: phase Failed'],
    [{ gated: false }, 'serves, and may lose requests when it goes: no readiness gate podwire.dev/target-ready'],
    [
      { preStops: [{ container: 'app', kind: 'unknown', seconds: 0 }] },
      'serves, and may lose requests when it goes: need 45, container app has a preStop of unknown length',
    ],
  ])('%j', (pod, verdict) => expect(explained(pod).verdict).toBe(verdict));

  test('a gate whose condition nobody wrote', () => {
    const { gate: _gate, ...pod } = podOf();
    const facts = explained({});
    expect(facts.gate.state).toBe('open');
    const waiting = explainPod({
      pod,
      services: [service()],
      groups: [group()],
      slices: [],
      nodes: [],
      lines: new Map(),
    });
    expect(waiting.verdict).toBe('is not ready: its gate waits, Unsaid: its condition was never written');
  });

  test('no EndpointSlice lists it, or one does with a wrong port', () => {
    const verdict = (slices: PodFacts['slices']): string => explained({}, { slices }).verdict;
    expect(verdict([])).toBe('is no target of group: no EndpointSlice of the Service lists it yet');
    expect(verdict([slice([endpoint(1)], { ports: [] })])).toMatch(/^is no target of group: PortNotFound: /);
  });

  test('what its target group has to say stands below it', () => {
    const condition = { lastTransitionTime: SINCE, observedGeneration: 1 };
    const conditions = [
      { ...condition, type: 'Ready', status: 'False' as const, reason: 'NoHealthyTarget', message: 'none of 1' },
      { ...condition, type: 'TargetsRegistered', status: 'True' as const, reason: 'AllRegistered', message: '' },
    ];
    const lines = tellExplanation(explained({}, { groups: [group({ status: { conditions } })] }));
    expect(lines).toContain('  Ready: NoHealthyTarget: none of 1');
    expect(lines.join('\n')).not.toContain('AllRegistered');
  });
});
