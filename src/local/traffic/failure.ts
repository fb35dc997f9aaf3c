/**
 * Why a request counts as lost. `status`: 500 and above. `unexpected`: not the status that was asked for. `cut`: the answer
 * broke off after it had begun. `wrong-service`: answered by a pod that should not have.
 */
export type FailureKind =
  | 'refused'
  | 'reset'
  | 'cut'
  | 'timeout'
  | 'tls'
  | 'status'
  | 'unexpected'
  | 'wrong-service'
  | 'other';

/** One lost request, as an example. */
export type Failure = { time: string; target: string; error: string; status?: number; backend?: string };

/** A request that took longer than its time-out. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}

/** An answer that broke off. */
export class Cut extends Error {
  override readonly name = 'Cut';
}

const KINDS: Record<string, FailureKind> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'timeout',
};

export function kindOfError(error: NodeJS.ErrnoException): FailureKind {
  if (error instanceof TimedOut) return 'timeout';
  if (error instanceof Cut) return 'cut';
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|UNABLE_TO|SELF_SIGNED|EPROTO)/.test(error.code ?? '')) return 'tls';
  return KINDS[error.code ?? ''] ?? 'other';
}

export function kindOfStatus(status: number, expected: number | undefined): FailureKind | undefined {
  if (expected !== undefined && status !== expected) return status >= 500 ? 'status' : 'unexpected';
  return status >= 500 && expected === undefined ? 'status' : undefined;
}
