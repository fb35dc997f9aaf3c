import { request } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { realClock } from '../../../runtime/clock.ts';
import { loopbackOf } from '../../loopback.ts';
import { type RunningProcess, startProcess } from '../../process.ts';
import { requestLogIn } from '../../request-log.ts';
import type { App } from './app.ts';
import { KILLED } from './app-server.ts';
import type { PodHostOptions, PodHostQuestion } from './pod-host.ts';
import type { PodRuntime, ProbeTarget, Program, RunningApp } from './runtime.ts';

type Host = RunningProcess<object>;

/** How long a node that lost power takes until it runs pods again. */
const BOOT_MS = 2_000;

/** Runs each node's pods in a process of the node's own, started with its first pod and again when it died. */
export class ProcessRuntime implements PodRuntime {
  readonly #hosts = new Map<string, Promise<Host>>(); // node name -> process
  readonly #bootAt = new Map<string, number>(); // node name -> earliest time of its next process, by the monotonic clock
  readonly #logFile: string | undefined;
  #closing = false;

  constructor(options: { logFile?: string } = {}) {
    this.#logFile = options.logFile;
  }

  async start(node: string, app: App | Program): Promise<RunningApp> {
    const wait = (this.#bootAt.get(node) ?? 0) - realClock.monotonic();
    if (wait > 0) await realClock.sleep(wait);
    const host = await this.#host(node);
    const tell = (question: PodHostQuestion) => void host.ask(question).catch(() => undefined);
    await host.ask({ do: 'start', app } satisfies PodHostQuestion);
    const exited = host
      .ask({ do: 'wait', id: app.id } satisfies PodHostQuestion)
      .catch(() => KILLED) as Promise<number>;
    return {
      exited,
      signal: (signal) => tell({ do: 'signal', id: app.id, signal }),
      configure: (behaviour) => tell({ do: 'configure', id: app.id, behaviour }),
    };
  }

  probe(target: ProbeTarget): Promise<boolean> {
    return target.httpGet === undefined ? connects(target) : answersWell(target, target.httpGet);
  }

  /** Ends the process of a node without warning, as a node that loses power. */
  async killNode(node: string): Promise<void> {
    const host = await this.#hosts.get(node);
    if (host === undefined) return;
    this.#bootAt.set(node, realClock.monotonic() + BOOT_MS);
    host.kill('SIGKILL');
    await host.exited;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const hosts = await Promise.allSettled(this.#hosts.values());
    const running = hosts.filter((host) => host.status === 'fulfilled');
    await Promise.all(running.map(({ value }) => value.stop()));
  }

  #host(node: string): Promise<Host> {
    const known = this.#hosts.get(node);
    if (known !== undefined) return known;
    if (this.#closing) throw new Error(`${node}: no pod starts while the kubelet stops`);
    const host = startProcess<object>('pod-host', { node, ...this.#options() }, this.#logFile);
    this.#hosts.set(node, host);
    const forget = () => void this.#hosts.delete(node);
    host.then((running) => running.exited.then(forget), forget);
    return host;
  }

  #options(): PodHostOptions {
    return this.#logFile === undefined ? {} : { requestLog: requestLogIn(dirname(this.#logFile)) };
  }
}

function connects({ address, port, timeoutMs }: ProbeTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...loopbackOf(address, port), timeout: timeoutMs });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}

function answersWell(target: ProbeTarget, { path, headers }: { path: string; headers: object }): Promise<boolean> {
  const { address, port, timeoutMs } = target;
  return new Promise((resolve) => {
    const ask = request(
      {
        ...loopbackOf(address, port),
        path,
        headers: { host: `${address}:${port}`, 'user-agent': 'kube-probe/1.36', connection: 'close', ...headers },
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        response.resume();
        resolve((response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 400);
      },
    );
    ask.on('error', () => resolve(false));
    ask.end();
  });
}
