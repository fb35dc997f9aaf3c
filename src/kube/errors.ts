import { Conflict, Denied, Gone, Invalid, Retry, Throttled } from '../errors.ts';

/** What was asked of the API server, for messages: `patch ingresses.networking.k8s.io shop/web`. */
export type Asked = { verb: string; what: string };

/** An answer that is not a success. `retryAfter` is the header of that name. */
export type Refusal = { status: number; body: string; retryAfter?: string };

/** The version we asked to go on from is no longer kept: list again. */
export class Expired extends Retry {}

/** The API server does not know who asks. */
export class Unauthorized extends Denied {}

type Status = {
  message?: string;
  reason?: string;
  details?: { retryAfterSeconds?: number; causes?: { field?: string; message?: string }[] };
};

const SHOWN = 100;

/** The only place where an HTTP status of the API server becomes one of the closed set of errors. */
export function fromRefusal(asked: Asked, refusal: Refusal): Error {
  const status = statusOf(refusal.body);
  const message = `${asked.verb} ${asked.what}: ${refusal.status} ${status?.message ?? shown(refusal.body)}`;
  const make = BY_STATUS[refusal.status];
  return make?.({ message, asked, status, refusal }) ?? new Retry(message, afterOf(refusal, status));
}

type Made = { message: string; asked: Asked; status: Status | undefined; refusal: Refusal };

const BY_STATUS: Record<number, (made: Made) => Error> = {
  400: invalid,
  401: ({ message, asked }) => new Unauthorized(`${asked.verb} ${asked.what}`, message),
  403: ({ message, asked }) => new Denied(`${asked.verb} ${asked.what}`, message),
  404: ({ message }) => new Gone(message),
  409: ({ message }) => new Conflict(message),
  410: ({ message }) => new Expired(message),
  413: invalid,
  415: invalid,
  422: invalid,
  429: ({ message, refusal, status }) => new Throttled(message, afterOf(refusal, status)),
};

function invalid({ message, asked, status }: Made): Error {
  const causes = status?.details?.causes ?? [];
  return new Invalid(causes.find((cause) => cause.field)?.field ?? asked.what, message);
}

function afterOf({ retryAfter }: Refusal, status: Status | undefined): { afterMs?: number } {
  const seconds = Number(retryAfter ?? status?.details?.retryAfterSeconds);
  return seconds >= 0 && Number.isFinite(seconds) ? { afterMs: seconds * 1_000 } : {};
}

/** An answer of 200 that is not what the API server sends: a proxy's page, or cut short. */
export function fromGarbage(asked: Asked, body: string): Retry {
  return new Retry(`${asked.verb} ${asked.what}: wanted JSON of the API server, given ${shown(body)}`);
}

/** A connection that could not be made or broke: one short line, no stack of causes. */
export function fromNetwork(asked: Asked, error: unknown): Retry {
  if (error instanceof Retry) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new Retry(`${asked.verb} ${asked.what}: ${NETWORK[code ?? ''] ?? message ?? String(error)}`, { cause: error });
}

const NETWORK: Record<string, string> = {
  ECONNREFUSED: 'the API server refuses the connection',
  ECONNRESET: 'the API server closed the connection',
  EPIPE: 'the API server closed the connection',
  ENOTFOUND: 'the name of the API server cannot be resolved',
  EAI_AGAIN: 'the name of the API server cannot be resolved at the moment',
  ETIMEDOUT: 'the API server cannot be reached',
  EHOSTUNREACH: 'the API server cannot be reached',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of the API server is not signed by the given certificate authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate of the API server is not signed by the given certificate authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate of the API server is not signed by the given certificate authority',
  CERT_HAS_EXPIRED: 'the certificate of the API server has expired',
};

function statusOf(body: string): Status | undefined {
  try {
    const parsed = JSON.parse(body) as Status & { kind?: string };
    return parsed?.kind === 'Status' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const shown = (body: string): string => (body === '' ? 'nothing' : JSON.stringify(body.slice(0, SHOWN)));
