import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { realClock } from '../../runtime/clock.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LocalAws } from './aws.ts';
import { CONTROL_PATH, type Route, answerControl } from './control.ts';
import { answerHttp } from './endpoint.ts';
import { jsonAnswer, send } from './http.ts';
import type { LocalAwsSettings } from './settings.ts';

export type LocalAwsOptions = {
  port?: number;
  host?: string;
  settings?: Partial<LocalAwsSettings>;
  clock?: Clock;
  /** More routes of the control endpoint. */
  routes?: Record<string, Route>;
};
export type RunningLocalAws = { url: string; aws: LocalAws; close(): Promise<void> };

/** Starts the control plane of local AWS: the AWS services and the control endpoint on one port, a free one by default. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<RunningLocalAws> {
  const aws = new LocalAws({ clock: options.clock ?? realClock, settings: options.settings ?? {} });
  const host = options.host ?? '127.0.0.1';
  const server = createServer(
    (request, response) => void answer({ aws, request, routes: options.routes ?? {} }, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, aws, close: () => closeServer(server) };
}

type Asked = { aws: LocalAws; request: IncomingMessage; routes: Record<string, Route> };

async function answer({ aws, request, routes }: Asked, response: ServerResponse): Promise<void> {
  try {
    const isControl = request.url?.startsWith(CONTROL_PATH) || request.url === CONTROL_PATH.slice(0, -1);
    send(response, isControl ? await answerControl(aws, request, routes) : await answerHttp(aws, request));
  } catch (error) {
    if (!response.headersSent) send(response, jsonAnswer(500, { error: String(error) }));
  }
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
