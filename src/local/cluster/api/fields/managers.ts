import type { KubeObject } from '../../../../kube/api.ts';
export function trackFields(_write: { object: KubeObject }, _now: string): void {}
