export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining' | 'unavailable';

/** The targets that may get a new request: the healthy ones, or (fail-open) the unhealthy ones too when fewer than
 * `minimumHealthy` are healthy. Targets in `initial`, `draining` or `unused` get none. */
export function usableTargets<T extends { state: string }>(targets: readonly T[], minimumHealthy = 1): T[] {
  const healthy = targets.filter((target) => target.state === 'healthy' || target.state === 'unavailable');
  if (healthy.length >= Math.max(1, minimumHealthy)) return healthy;
  return targets.filter((target) => healthy.includes(target) || target.state === 'unhealthy');
}
