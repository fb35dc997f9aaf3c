/**
 * How many healthy targets must remain when targets that may still run are deregistered: half of what ran within the last
 * window, and never none. Beyond it, health checks and the load balancer's own fail-open serve the clients better.
 */
export const floorOf = (ran: number): number => Math.max(1, Math.ceil(ran / 2));

/** How long the brake remembers what ran. Milliseconds. */
const WINDOW_MS = 300_000;

export type Peak = { count: number; at: number };

/** The most that ran within the window: a falling count counts only once the higher one is older than that. */
export function raisePeak(peak: Peak | undefined, count: number, now: number): Peak {
  return peak === undefined || count >= peak.count || now - peak.at > WINDOW_MS ? { count, at: now } : peak;
}
