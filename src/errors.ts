/**
 * The work is fine and the other side is not ready for it: try again, after `afterMs` where the other side said so, and within
 * `withinMs`, however often it failed, where somebody may wait for it.
 */
export class Retry extends Error {
  override readonly name = 'Retry';
  readonly afterMs: number | undefined;
  readonly withinMs: number | undefined;
  constructor(message: string, options?: ErrorOptions & { afterMs?: number; withinMs?: number }) {
    super(message, options);
    this.afterMs = options?.afterMs;
    this.withinMs = options?.withinMs;
  }
}

/** The other side asked us to slow down. Never counted as a failure. */
export class Throttled extends Retry {}

/** Somebody wrote the object between our read and our write: read again. */
export class Conflict extends Retry {}

/** What was asked for cannot be: no retry until the named field changes. */
export class Invalid extends Error {
  override readonly name = 'Invalid';
  readonly field: string;
  constructor(field: string, message: string, options?: ErrorOptions) {
    super(`${field}: ${message}`, options);
    this.field = field;
  }
}

/** The resource is not there. Done, when it was to be deleted. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

/** We lack the right to do it: `action` is what to allow. */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly action: string;
  constructor(action: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.action = action;
  }
}

/** This replica does not hold the lease (any more): nothing may be changed, and what was begun ends here without a word. */
export class NotLeader extends Error {
  override readonly name = 'NotLeader';
}

/** What was thrown as an error; what is none becomes the message of one. */
export const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
