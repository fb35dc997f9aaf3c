import type { Pod } from '../../src/cluster/objects.ts';
import { meta } from './samples.ts';

/** A serving pod `web-<n>` of the Service `web` at 10.0.0.<n>, with a preStop sleep of 45 s. */
export const webPod = (n: number, more: Partial<Pod> = {}): Pod => ({
  ...meta(`web-${n}`, { uid: `pod-${n}`, labels: { app: 'web' } }),
  node: 'node-1',
  addresses: [`10.0.0.${n}`],
  hostNetwork: false,
  phase: 'Running',
  restartPolicy: 'Always',
  ready: true,
  containersReady: true,
  containersReadyAt: '2026-01-01T00:00:05Z',
  gated: true,
  gate: { status: 'True', reason: 'Healthy', message: '', since: '2026-01-01T00:00:20Z' },
  graceSeconds: 75,
  endedByKubelet: false,
  preStops: [{ container: 'app', kind: 'sleep', seconds: 45 }],
  ...more,
});

/** The same pod, deleted at `at` (milliseconds since 1970). */
export const deleted = (pod: Pod, at: number, graceSeconds = 75): Pod => ({
  ...pod,
  deleting: true,
  deletionTimestamp: new Date(at + graceSeconds * 1_000).toISOString(),
  deletionGraceSeconds: graceSeconds,
});
