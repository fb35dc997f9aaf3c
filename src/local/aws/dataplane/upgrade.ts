import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { Clock } from '../../../runtime/clock.ts';
import type { Answer } from './answers.ts';
import { phraseOf, rawAnswer } from './answers.ts';
import type { Backend } from './backend.ts';
import { CONNECT_TIMEOUT_MS, UNREACHED, broken, watchConnect } from './proxy.ts';
import type { ClientConnection } from './target-headers.ts';
import { targetHeaders } from './target-headers.ts';

/** A request to switch protocols (WebSocket): the client's connection, and what it has sent beyond the request. */
export type Switch = { request: IncomingMessage; client: ClientConnection; socket: Duplex; head: Buffer };

/** Hands a protocol switch to a target; when it agrees, bytes flow both ways until either side ends. */
export function forwardUpgrade({ request, client, socket, head }: Switch, backend: Backend, clock: Clock): void {
  const refuse = (answer: Answer): void => void socket.end(rawAnswer(answer));
  const headers = [...targetHeaders(request, client, clock), 'Connection', 'Upgrade'];
  headers.push('Upgrade', request.headers.upgrade ?? 'websocket');
  if (!backend.reachable()) return void clock.after(CONNECT_TIMEOUT_MS, () => refuse(UNREACHED));
  const outgoing = backend.request({ method: request.method ?? 'GET', path: request.url ?? '/', headers });
  const release = backend.hold(() => {
    outgoing.destroy();
    socket.destroy();
  });
  socket.once('close', () => {
    release();
    outgoing.destroy();
  });
  outgoing.on('socket', (opened) => watchConnect(opened, clock, () => outgoing.destroy(new Error('no connection'))));
  outgoing.on('error', (error) => refuse(broken(error)));
  outgoing.on('upgrade', (answer, target: Duplex, first) => {
    socket.write(headOf(answer));
    if (first.length > 0) socket.write(first);
    if (head.length > 0) target.write(head);
    pipeline(socket, target, socket, () => void socket.destroy());
  });
  outgoing.on('response', (answer) => {
    socket.write(headOf(answer));
    answer.pipe(socket);
  });
  outgoing.end();
}

/** The head of an answer as it came; a body in chunks has been decoded, so it ends with the connection. */
function headOf(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage ?? phraseOf(answer.statusCode ?? 0)}`];
  const isSwitch = answer.statusCode === 101;
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at]!;
    if (isSwitch || !/^(transfer-encoding|connection|keep-alive)$/i.test(name))
      lines.push(`${name}: ${answer.rawHeaders[at + 1]}`);
  }
  return `${[...lines, ...(isSwitch ? [] : ['Connection: close'])].join('\r\n')}\r\n\r\n`;
}
