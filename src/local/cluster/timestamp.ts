import type { Clock } from '../../runtime/clock.ts';

/** RFC 3339, whole seconds, as the API server dates things. `ms` since the epoch. */
export const timestampAt = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The present in that form. */
export const timestamp = (clock: Clock): string => timestampAt(clock.now());
