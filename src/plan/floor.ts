/**
 * How many healthy targets must remain when targets that may still run are deregistered: half of what ran within the last
 * window, and never none. Beyond it, health checks and the load balancer's own fail-open serve the clients better.
 */
export const floorOf = (ran: number): number => Math.max(1, Math.ceil(ran / 2));

/** How long the brake remembers what ran and what it let go. Milliseconds. */
export const WINDOW_MS = 300_000;

/** After that a brake that holds lets go, down to one healthy target. Milliseconds. */
export const RELEASE_MS = 900_000;

export type Peak = { count: number; at: number };

/** The most that ran within the window: a falling count counts only once the higher one is older than that. */
export function raisePeak(peak: Peak | undefined, count: number, now: number): Peak {
  return peak === undefined || count >= peak.count || now - peak.at > WINDOW_MS ? { count, at: now } : peak;
}

/** Who lets the brake go: nobody, time, which still keeps the last healthy target, or a person, who may take even that. */
export type Release = 'no' | 'by-time' | 'by-hand';

/** What the brake weighs: healthy targets that stay, and those that run, do not leave and are not wanted. */
export type Weighed = { healthy: number; running: number; peak: number; removed: number; released: Release };

/** How many healthy ones must stay, and how many of those that run may go now: half of what ran, in one window. */
export function weigh({ healthy, running, peak, removed, released }: Weighed): { floor: number; may: number } {
  if (released === 'by-hand') return { floor: 0, may: running };
  const ran = Math.max(peak, healthy + running);
  const floor = released === 'by-time' ? 1 : floorOf(ran);
  if (healthy < floor) return { floor, may: 0 };
  return { floor, may: released === 'by-time' ? running : Math.max(0, Math.min(running, ran - floor - removed)) };
}
