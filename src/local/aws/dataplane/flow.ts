import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export type FlowPlace = { host: string; port: number; localAddress: string | undefined };

/** One connection of a client, carried to a target as it is. */
export class Flow {
  readonly #client: Duplex;
  readonly #target: Socket;

  /** `ended` is called once, when both sides are over. */
  constructor(client: Duplex, { host, port, localAddress }: FlowPlace, ended: () => void) {
    this.#client = client;
    this.#target = connect({
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      ...(localAddress !== undefined && { localAddress }),
    });
    client.pipe(this.#target);
    this.#target.pipe(client);
    client.on('error', () => this.reset());
    this.#target.on('error', () => this.reset());
    client.once('close', () => this.#target.destroy());
    this.#target.once('close', () => {
      client.destroy();
      ended();
    });
  }

  /** Breaks both sides off. */
  reset(): void {
    reset(this.#client);
    reset(this.#target);
  }
}

/** Ends a connection as one that broke: with RST where it is TCP alone. */
export function reset(socket: Duplex): void {
  if (socket.destroyed) return;
  const isTls = 'encrypted' in socket && socket.encrypted === true;
  if (socket instanceof Socket && !isTls) socket.resetAndDestroy();
  else socket.destroy();
}
