import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Standing } from './balancing.ts';
import type { SlowStart } from './slow-start.ts';
import type { RawHeaders } from './target-headers.ts';

export type BackendOptions = {
  host: string;
  port: number;
  secure: boolean;
  /** Source address of the connections. */
  localAddress: string | undefined;
  idleMs: number;
  /** Whether security groups let a new connection of the load balancer through to the target. */
  admitted: () => boolean;
  /** Whether every packet to the target is lost. */
  lost: () => boolean;
};

export type OutgoingHead = { method: string; path: string; headers: RawHeaders };

/** One target as one load balancer node sees it: its pool of connections and the requests under way. */
export class Backend {
  standing: Standing = 'out';
  slowStart: SlowStart | undefined;
  readonly #options: BackendOptions;
  readonly #agent: Pool | SecurePool;
  readonly #cuts = new Set<() => void>();

  constructor(options: BackendOptions) {
    this.#options = options;
    this.#agent = options.secure ? new SecurePool(poolOptions(options)) : new Pool(poolOptions(options));
  }

  /** Requests and upgraded connections under way. */
  get outstanding(): number {
    return this.#cuts.size;
  }

  /** Whether a request can be sent: on a connection that is idle, or on a new one that nobody drops. */
  reachable(): boolean {
    if (this.#options.lost()) return false;
    return this.#hasIdle() || this.#options.admitted();
  }

  #hasIdle(): boolean {
    return Object.values(this.#agent.freeSockets).some((sockets) => (sockets?.length ?? 0) > 0);
  }

  /** Begins a request on an idle connection, or on a new one. ALB does not check a target's certificate. */
  request(head: OutgoingHead): http.ClientRequest {
    const { host, port, secure } = this.#options;
    const options = { ...head, host, port, agent: this.#agent, setDefaultHeaders: false };
    return secure ? https.request({ ...options, rejectUnauthorized: false, servername: '' }) : http.request(options);
  }

  /** Counts a request until the returned function is called; `cut` is what ends it by force. */
  hold(cut: () => void): () => void {
    this.#cuts.add(cut);
    return () => this.#cuts.delete(cut);
  }

  closeIdle(): void {
    for (const sockets of Object.values(this.#agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  /** Nothing new comes, though the target may still be there: what is under way finishes. */
  retire(): void {
    this.#agent.retired = true;
    this.closeIdle();
  }

  /** The target is gone: what is still under way ends now. */
  cut(): void {
    for (const cut of this.#cuts) cut();
    this.#agent.destroy();
  }
}

const poolOptions = ({ localAddress, idleMs }: BackendOptions): https.AgentOptions => ({
  keepAlive: true,
  timeout: idleMs,
  maxFreeSockets: 1024,
  ...(localAddress !== undefined && { localAddress }),
});

// A load balancer does not heed the Keep-Alive header of a target: it meets connections that the target is just closing.
class Pool extends http.Agent {
  declare readonly options: http.AgentOptions;
  retired = false;
  override keepSocketAlive(socket: Duplex): boolean {
    return !this.retired && keepIdle(socket as Socket, this.options.timeout);
  }
}

class SecurePool extends https.Agent {
  retired = false;
  override keepSocketAlive(socket: Duplex): boolean {
    return !this.retired && keepIdle(socket as Socket, this.options.timeout);
  }
}

function keepIdle(socket: Socket, idleMs = 0): true {
  socket.unref();
  socket.setTimeout(idleMs);
  return true;
}
