import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../../runtime/clock.ts';

/** What the load balancer knows of the client's connection, and how its attributes want it told. */
export type ClientConnection = {
  address: string;
  port: number;
  protocol: 'http' | 'https';
  listenerPort: number;
  attributes: Record<string, string>;
};

/** Names and values in turn, as node takes them: repeated headers and the client's spelling survive. */
export type RawHeaders = string[];

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect']);
const SET_BY_US = new Set(['x-forwarded-proto', 'x-forwarded-port', 'x-amzn-trace-id']);
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** The headers a target gets: the client's without those of the connection, and X-Forwarded-*, X-Amzn-Trace-Id. */
export function targetHeaders(request: IncomingMessage, client: ClientConnection, clock: Clock): RawHeaders {
  const mode = client.attributes['routing.http.xff_header_processing.mode'] ?? 'append';
  const dropped = new Set([...HOP_BY_HOP, ...SET_BY_US, ...(mode === 'preserve' ? [] : ['x-forwarded-for'])]);
  const headers = withoutHeaders(request.rawHeaders, dropped);
  headers.push(...forwardedFor(request, client, mode));
  headers.push('X-Forwarded-Proto', client.protocol, 'X-Forwarded-Port', String(client.listenerPort));
  headers.push('X-Amzn-Trace-Id', traceId(request.headers['x-amzn-trace-id'], clock));
  return [...headers, ...bodyLength(request)];
}

/** Without the named ones (lower case) and without what the Connection header names. */
export function withoutHeaders(raw: readonly string[], dropped: ReadonlySet<string>): RawHeaders {
  const named = new Set(dropped);
  for (const [name, value] of pairs(raw))
    if (name.toLowerCase() === 'connection')
      for (const option of value.split(',')) named.add(option.trim().toLowerCase());
  return pairs(raw)
    .filter(([name]) => !named.has(name.toLowerCase()))
    .flat();
}

function pairs(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index]!, raw[2 * index + 1]!]);
}

function forwardedFor(request: IncomingMessage, client: ClientConnection, mode: string): RawHeaders {
  if (mode !== 'append') return [];
  const withPort = client.attributes['routing.http.xff_client_port.enabled'] === 'true';
  const given = request.headersDistinct['x-forwarded-for'] ?? [];
  return ['X-Forwarded-For', [...given, withPort ? `${client.address}:${client.port}` : client.address].join(', ')];
}

/** Keeps a Root that the client sent and puts our Self before it (ALB guide, request tracing). */
function traceId(given: string | string[] | undefined, clock: Clock): string {
  const seconds = Math.floor(clock.now() / 1000).toString(16);
  const digits = Array.from({ length: 24 }, () => Math.floor(clock.random() * 16).toString(16)).join('');
  const id = `1-${seconds}-${digits}`;
  const text = String(given ?? '');
  return /(^|;)\s*Root=/.test(text) ? `Self=${id};${text.replace(/(^|;)Self=[^;]*;?/, '$1')}` : `Root=${id}`;
}

/** A request that announces no body has none: without this node would send an empty chunked one. */
function bodyLength(request: IncomingMessage): RawHeaders {
  const announced =
    request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  return announced || !WITH_BODY.has(request.method ?? '') ? [] : ['Content-Length', '0'];
}
