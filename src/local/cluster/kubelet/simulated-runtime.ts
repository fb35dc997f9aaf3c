import type { Clock } from '../../../runtime/clock.ts';
import type { App, Behaviour } from './app.ts';
import { KILLED } from './app-server.ts';
import type { PodRuntime, ProbeTarget, RunningApp } from './runtime.ts';

type Simulated = { app: App; behaviour: Behaviour; listening: boolean; exit: PromiseWithResolvers<number> };

/** Apps without sockets, in whatever time the clock keeps. */
export class SimulatedRuntime implements PodRuntime {
  readonly #apps = new Map<string, Simulated>(); // App.id -> what runs
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async start(_node: string, app: App): Promise<RunningApp> {
    const { behaviour } = app;
    const simulated: Simulated = { app, behaviour, listening: false, exit: Promise.withResolvers<number>() };
    this.#apps.set(app.id, simulated);
    if (behaviour.startDelayMs === 0) simulated.listening = true;
    else this.#clock.after(behaviour.startDelayMs, () => void (simulated.listening = true));
    if (behaviour.exitAfterMs !== undefined)
      this.#clock.after(behaviour.exitAfterMs, () => this.#end(app.id, simulated.behaviour.exitCode));
    return {
      exited: simulated.exit.promise,
      signal: (signal) => this.#signal(simulated, signal),
      configure: (changed) => void (simulated.behaviour = changed),
    };
  }

  async probe(target: ProbeTarget): Promise<boolean> {
    return this.answer(target.address, target.port, target.httpGet?.path) === 'ok';
  }

  /** What a request to an address would meet; without a path, what a connection would. */
  answer(address: string, port: number, path?: string): 'ok' | 'refused' | 'not ready' {
    const found = [...this.#apps.values()].find(
      ({ app, listening }) => listening && app.addresses.includes(address) && app.ports.includes(port),
    );
    if (found === undefined) return 'refused';
    return path !== undefined && found.app.healthPaths.includes(path) && !found.behaviour.ready ? 'not ready' : 'ok';
  }

  async close(): Promise<void> {
    for (const id of [...this.#apps.keys()]) this.#end(id, KILLED);
  }

  #signal({ app, behaviour }: Simulated, signal: 'SIGTERM' | 'SIGKILL'): void {
    if (signal === 'SIGKILL') this.#end(app.id, KILLED);
    else if (!behaviour.ignoreSigterm) this.#end(app.id, behaviour.exitCode);
  }

  #end(id: string, code: number): void {
    this.#apps.get(id)?.exit.resolve(code);
    this.#apps.delete(id);
  }
}
