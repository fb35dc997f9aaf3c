/** What a load balancer node knows of a target's health: `initial` and `out` get nothing, `draining` finishes what it has. */
export type Standing = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'out';

/**
 * The targets that may get a new request: the healthy ones, or all healthy and unhealthy ones when fewer than
 * `minimumHealthy` are healthy (fail-open, ALB guide: target group health).
 */
export function usableTargets<T extends { standing: Standing }>(targets: readonly T[], minimumHealthy = 1): T[] {
  const healthy = targets.filter((target) => target.standing === 'healthy');
  if (healthy.length >= Math.max(1, minimumHealthy)) return healthy;
  return targets.filter((target) => target.standing === 'healthy' || target.standing === 'unhealthy');
}

/** The targets with the fewest requests under way. */
export function leastOutstanding<T extends { outstanding: number }>(targets: readonly T[]): T[] {
  const fewest = Math.min(...targets.map((target) => target.outstanding));
  return targets.filter((target) => target.outstanding === fewest);
}
