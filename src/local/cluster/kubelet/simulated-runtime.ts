import type { Clock } from '../../../runtime/clock.ts';
import { type App, type AppAnswer, answerOf, type Behaviour } from './app.ts';
import { KILLED } from './app-server.ts';
import type { PodRuntime, ProbeTarget, Program, RunningApp } from './runtime.ts';

type Simulated = { app: App; behaviour: Behaviour; exit: PromiseWithResolvers<number> };

/** Apps without sockets, in whatever time the clock keeps. */
export class SimulatedRuntime implements PodRuntime {
  readonly #apps = new Map<string, Simulated>(); // App.id -> what runs
  readonly #listening = new Map<string, Simulated>(); // address:port -> who has it
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async start(_node: string, app: App | Program): Promise<RunningApp> {
    if ('file' in app) throw new Error(`${app.id}: a program runs in real time only`);
    const { behaviour } = app;
    const simulated: Simulated = { app, behaviour, exit: Promise.withResolvers<number>() };
    this.#apps.set(app.id, simulated);
    if (behaviour.startDelayMs === 0) this.#listen(simulated);
    else this.#clock.after(behaviour.startDelayMs, () => this.#listen(simulated));
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
  answer(address: string, port: number, path?: string): AppAnswer | 'refused' {
    const found = this.#listening.get(`${address}:${port}`);
    return found === undefined ? 'refused' : answerOf(found.app, found.behaviour, path);
  }

  /** Who would answer at an address: the identity that a real answer carries. */
  servedBy(address: string, port: number): App['identity'] | undefined {
    return this.#listening.get(`${address}:${port}`)?.app.identity;
  }

  async killNode(node: string): Promise<void> {
    for (const [id, { app }] of [...this.#apps]) if (app.identity.node === node) this.#end(id, KILLED);
  }

  async close(): Promise<void> {
    for (const id of [...this.#apps.keys()]) this.#end(id, KILLED);
  }

  #listen(simulated: Simulated): void {
    const { app } = simulated;
    if (this.#apps.get(app.id) !== simulated) return; // ended before it listened
    const places = placesOf(app);
    if (places.some((place) => this.#listening.has(place))) return this.#end(app.id, 1);
    for (const place of places) this.#listening.set(place, simulated);
  }

  #signal({ app, behaviour }: Simulated, signal: 'SIGTERM' | 'SIGKILL'): void {
    if (signal === 'SIGKILL') this.#end(app.id, KILLED);
    else if (behaviour.onSigterm !== 'ignore') this.#end(app.id, behaviour.exitCode);
  }

  #end(id: string, code: number): void {
    const simulated = this.#apps.get(id);
    if (simulated === undefined) return;
    this.#apps.delete(id);
    for (const place of placesOf(simulated.app))
      if (this.#listening.get(place) === simulated) this.#listening.delete(place);
    simulated.exit.resolve(code);
  }
}

const placesOf = ({ addresses, ports }: App): string[] =>
  addresses.flatMap((address) => ports.map((port) => `${address}:${port}`));
