import type { ServerResponse } from 'node:http';
import type { Cluster } from '../state.ts';
import type { Kind } from '../kinds.ts';
import { ApiError, type Status } from '../status.ts';
import { bookmark, type WatchEvent, type WatchOptions, watchObjects } from '../watch.ts';
import { type Representation, showEvent } from './representation.ts';

/** Bookmarks come about once a minute, and before a watch with `timeoutSeconds` ends. */
const BOOKMARK_EVERY_MS = 60_000;
/** How long a watch without `timeoutSeconds` lasts at least; the real server picks between 30 and 60 minutes too. */
const SHORTEST_WATCH_MS = 30 * 60_000;

export type WatchRequest = { options: WatchOptions; how: Representation; timeoutSeconds: number };

/** Answers a watch until its time is over or one side hangs up. */
export function streamWatch(
  cluster: Cluster,
  kind: Kind,
  on: { request: WatchRequest; response: ServerResponse },
): void {
  const { request, response } = on;
  let first = true;
  const queue: string[] = [];
  const send = ({ type, object }: WatchEvent): void => {
    const shown =
      type === 'BOOKMARK' && request.how.as === 'object'
        ? object
        : showEvent(kind, object, { how: request.how, first });
    first = false;
    const line = `${JSON.stringify({ type, object: shown })}\n`;
    if (response.headersSent) response.write(line);
    else queue.push(line);
  };
  const begin = (): void => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  };
  // A bad selector throws here, before the answer has begun.
  const stop = unlessExpired(
    () => watchObjects(cluster, kind, { options: request.options, send }),
    (status) => {
      begin();
      response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
    },
  );
  if (stop === undefined) return;
  begin();
  if (queue.length > 0) response.write(queue.join(''));
  endInTime(cluster, kind, { ...on, send, stop });
}

/** The real server finds out that a version is forgotten after it has said 200. */
function unlessExpired(watch: () => () => void, refuse: (status: Status) => void): (() => void) | undefined {
  try {
    return watch();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status.code !== 410) throw error;
    refuse(error.status);
    return undefined;
  }
}

type Running = { request: WatchRequest; response: ServerResponse; send: (event: WatchEvent) => void; stop: () => void };

function endInTime({ clock, ...cluster }: Cluster, kind: Kind, { request, response, send, stop }: Running): void {
  const marks = request.options.allowWatchBookmarks === true;
  const mark = (): void => {
    if (marks) send(bookmark({ clock, ...cluster }, kind));
  };
  let timer = clock.after(BOOKMARK_EVERY_MS, function again() {
    mark();
    timer = clock.after(BOOKMARK_EVERY_MS, again);
  });
  const lasts = request.timeoutSeconds > 0 ? request.timeoutSeconds * 1000 : SHORTEST_WATCH_MS * (1 + clock.random());
  const end = clock.after(lasts, () => {
    mark();
    response.end();
  });
  response.on('close', () => {
    stop();
    timer.cancel();
    end.cancel();
  });
}
