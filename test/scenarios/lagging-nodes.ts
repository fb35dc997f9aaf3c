import { usableTargets } from '../../src/local/aws/dataplane/balancing.ts';
import { pickTargetGroup } from '../../src/local/aws/dataplane/forward.ts';
import { NodeView } from '../../src/local/aws/dataplane/view.ts';
import {
  type ListenerConfig,
  type TargetConfig,
  wantedListeners,
  wantedTargets,
} from '../../src/local/aws/dataplane/wanted.ts';
import type { Timer } from '../../src/runtime/clock.ts';
import type { World } from './world.ts';

/** What requests on every rule of every load balancer node would have come to. */
export type Asked = { requests: number; lost: string[] };

const LAG_MS = { min: 1_000, max: 4_000 };
const EVERY_MS = 100;

/** One load balancer node: it learns of each rule and of each target in its own time, and in no order. */
class LaggingNode {
  readonly listeners = new Map<string, ListenerConfig>();
  readonly targets = new Map<string, TargetConfig>();
  readonly #world: World;
  readonly #listenerView: NodeView<ListenerConfig>;
  readonly #targetView: NodeView<TargetConfig>;

  constructor(world: World) {
    this.#world = world;
    this.#listenerView = new NodeView(world.clock, keepIn(this.listeners));
    this.#targetView = new NodeView(world.clock, keepIn(this.targets));
  }

  learn(): void {
    const { state } = this.#world.aws;
    const [loadBalancer] = state.loadBalancers.values();
    if (loadBalancer === undefined) return;
    const lag = (): number => LAG_MS.min + this.#world.clock.random() * (LAG_MS.max - LAG_MS.min);
    this.#listenerView.submit(wantedListeners(state, loadBalancer), lag);
    this.#targetView.submit(wantedTargets(state, loadBalancer), lag);
  }

  /** Why one request on each forwarding rule would be lost. */
  ask(): { requests: number; lost: string[] } {
    const actions = [...this.listeners.values()]
      .flatMap(({ rules }) => rules.flatMap((rule) => rule.actions))
      .filter(({ Type }) => Type === 'forward');
    const groups = actions.map((action) => pickTargetGroup(action, this.#world.clock.random()));
    return { requests: groups.length, lost: groups.flatMap((group) => this.#lossesIn(group)) };
  }

  #lossesIn(group: string | undefined): string[] {
    const usable = usableTargets([...this.targets.values()].filter((target) => target.group === group));
    if (usable.length === 0) return [`503: ${group ?? 'no group'} has no usable target`];
    const silent = usable.filter(({ address, port }) => !this.#world.answers(address, port));
    return silent.map(({ address, port }) => `502: ${address}:${port} does not answer`);
  }
}

const keepIn =
  <Value>(map: Map<string, Value>) =>
  (key: string, value: Value | undefined): void => {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  };

/** Asks every one of three nodes of the only load balancer ten times a second, beginning now, until stopped. */
export function askNodes(world: World): { asked: Asked; stop(): void } {
  const { aws, clock } = world;
  const nodes = [1, 2, 3].map(() => new LaggingNode(world));
  const learn = (): void => {
    for (const node of nodes) node.learn();
  };
  const asked: Asked = { requests: 0, lost: [] };
  const began = clock.monotonic();
  let timer: Timer;
  const ask = (): void => {
    for (const { requests, lost } of nodes.map((node) => node.ask())) {
      asked.requests += requests;
      asked.lost.push(...lost.map((why) => `${clock.monotonic() - began}: ${why}`));
    }
    timer = clock.after(EVERY_MS, ask);
  };
  learn();
  const unsubscribe = aws.onChange(learn);
  // What stands already is known everywhere before the first request.
  timer = clock.after(LAG_MS.max + 1, ask);
  return {
    asked,
    stop: () => {
      unsubscribe();
      timer.cancel();
    },
  };
}
