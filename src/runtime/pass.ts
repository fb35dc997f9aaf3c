import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** One run of a controller on one key: what everything that is logged meanwhile says of itself. */
export class Pass {
  readonly controller: string;
  readonly namespace: string | undefined;
  readonly name: string;
  /** metadata.generation of the object, once the pass has read it. */
  generation: number | undefined;
  #id: string | undefined;

  /** `key`: `namespace/name`, or a name. */
  constructor(controller: string, key: string) {
    const [, namespace, name] = /^([^/]+)\/(.*)$/.exec(key) ?? [];
    this.controller = controller;
    this.namespace = namespace;
    this.name = name ?? key;
  }

  /** Of this pass alone. */
  get reconcileID(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }
}

const passes = new AsyncLocalStorage<Pass | undefined>();

/** Runs what belongs to a pass: it is the current one until the promise settles, across everything that is awaited. */
export const runPass = <T>(pass: Pass | undefined, run: () => T): T => passes.run(pass, run);

/** The pass that is running; undefined outside of any. */
export const currentPass = (): Pass | undefined => passes.getStore();

/** Says which generation of its object the current pass works on. */
export function noteGeneration(generation: number | undefined): void {
  const pass = currentPass();
  if (pass !== undefined) pass.generation = generation;
}
