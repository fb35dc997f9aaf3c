import { STATUS_CODES } from 'node:http';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

export const SERVER = 'awselb/2.0';

/** An answer that the load balancer itself gives. */
export type Answer = { status: number; reason: string; headers?: OutgoingHttpHeaders };

const PHRASES: Record<number, string> = {
  463: 'Too Many Forwarded Addresses',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

export const phraseOf = (status: number): string => PHRASES[status] ?? STATUS_CODES[status] ?? '';

/** The page of an answer: says that the load balancer, not a target, is speaking, and why. */
function pageOf({ status, reason }: Answer): string {
  const title = `${status} ${phraseOf(status)}`;
  const text = reason.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return [
    `<html><head><title>${title}</title></head>`,
    `<body><center><h1>${title}</h1></center>`,
    `<p>Answered by the load balancer: ${text}.</p>`,
    `<hr><center>${SERVER}</center></body></html>\n`,
  ].join('\n');
}

/** Sends an answer, unless the response has begun: then only breaking the connection can tell that something went wrong. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const page = pageOf(answer);
  // What is left of a request body would be taken for the next request.
  if (!response.req.complete) response.shouldKeepAlive = false;
  response.writeHead(answer.status, phraseOf(answer.status), {
    Server: SERVER,
    'Content-Type': 'text/html',
    'Content-Length': Buffer.byteLength(page),
    ...answer.headers,
  });
  response.end(page);
}

/** The same as bytes, for a connection on which no request could be read, or one that was to be upgraded. */
export function rawAnswer(answer: Answer): string {
  const page = pageOf(answer);
  const head = [
    `HTTP/1.1 ${answer.status} ${phraseOf(answer.status)}`,
    `Server: ${SERVER}`,
    'Content-Type: text/html',
    `Content-Length: ${Buffer.byteLength(page)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${page}`;
}
