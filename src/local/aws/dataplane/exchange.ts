import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClientConnection } from './target-headers.ts';
import type { RoutedRequest } from './conditions.ts';

/** One request of a client and where its answer goes. */
export type Exchange = { request: IncomingMessage; response: ServerResponse; client: ClientConnection };

/** What the rules look at in a request. */
export function routedRequest({ request, client }: Pick<Exchange, 'request' | 'client'>): RoutedRequest {
  const [path = '/', ...query] = originForm(request.url ?? '/').split('?');
  return {
    method: request.method ?? '',
    host: (request.headers.host ?? '').replace(/:\d+$/, ''),
    path,
    query: query.join('?'),
    headers: request.headersDistinct as Record<string, string[]>,
    sourceIp: client.address,
  };
}

/** A request to a proxy names the whole URL. */
const originForm = (url: string): string => url.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/|\*)/, '/');
