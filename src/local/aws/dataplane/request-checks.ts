import type { Answer } from './answers.ts';
import type { Exchange } from './exchange.ts';

const FORWARDED_LIMIT = 30;

/** Why a request is refused before any rule is looked at (ALB guide: troubleshooting, HTTP errors). */
export function refusal({ request }: Pick<Exchange, 'request'>): Answer | undefined {
  if (request.method === 'TRACE') return { status: 405, reason: 'TRACE is not allowed' };
  if (request.headers.host === undefined && request.httpVersion === '1.1')
    return { status: 400, reason: 'the request has no Host header' };
  const forwarded = request.headersDistinct['x-forwarded-for']?.join(',').split(',') ?? [];
  if (forwarded.length > FORWARDED_LIMIT)
    return { status: 463, reason: `X-Forwarded-For has more than ${FORWARDED_LIMIT} addresses` };
  const encoding = request.headers['transfer-encoding'];
  if (encoding !== undefined && !/^(chunked|identity)$/i.test(encoding))
    return { status: 501, reason: `Transfer-Encoding ${encoding} is not supported` };
  return undefined;
}

const PARSE_ERRORS: Record<string, Answer> = {
  HPE_HEADER_OVERFLOW: { status: 400, reason: 'the request headers are longer than 64 KiB' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: 'the request did not arrive before the idle timeout' },
};

/** The answer to bytes that are no request. */
export const parseRefusal = (code: string | undefined): Answer =>
  PARSE_ERRORS[code ?? ''] ?? { status: 400, reason: 'the request is malformed' };
