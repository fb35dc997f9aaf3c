import type { LocalAwsSettings, Range } from '../../src/local/aws/settings.ts';
import type { AddressReuse } from '../../src/local/cluster/kubelet/address-pool.ts';
import { Draw } from './draw.ts';

/** What happens to an application: a Deployment behind a Service of the same name, or two that take turns. */
export type Shop = { name: string; replicas: number; startDelayMs: number; green: boolean };

export type AwsTrouble = 'throttle' | 'error' | 'lost answer' | 'half' | 'describe down';

/** Plain data, so that a schedule can be printed, cut down and played again. Times in milliseconds. */
export type Deed =
  | { kind: 'restart'; shop: string; startDelayMs: number }
  | { kind: 'scale'; shop: string; replicas: number }
  | { kind: 'delete'; shop: string; pod: number; graceSeconds?: number }
  | { kind: 'evict'; shop: string; pod: number }
  | { kind: 'pressure'; shop: string; pod: number }
  | { kind: 'shutdown'; node: number; seconds: number; backMs: number }
  | { kind: 'flip'; shop: string }
  | { kind: 'flap'; shop: string; pod: number; forMs: number }
  | { kind: 'sick'; shop: string; forMs: number }
  | { kind: 'crash'; downMs: number }
  | { kind: 'outage'; forMs: number }
  | { kind: 'aws'; trouble: AwsTrouble; forMs: number; probability: number }
  | { kind: 'reregistration'; mode: LocalAwsSettings['reregistration'] }
  | ({ kind: 'reuse' } & AddressReuse)
  | { kind: 'budget'; shop: string; propagation?: number; hold?: string };

export type Kind = Deed['kind'];
type Event = { at: number } & Deed;

export type Schedule = {
  seed: number;
  /** Whether all of it is within the drain budget: then no request may be lost. */
  calm: boolean;
  shops: Shop[];
  /** Operators that contend for the lease; one has none. */
  operators: 1 | 2;
  /** How long load balancer nodes take to learn of a change. */
  lagMs: Range;
  latencyMs: number;
  events: Event[];
};

const NAMES = ['web', 'api', 'img'];
/** Most schedules are small: one costs as much as its pods. */
const SHOPS = { 1: 6, 2: 3, 3: 1 } as const;

/** Within the budget; beyond it; or beyond it, with addresses that change hands at once and pods that go without warning. */
export type Mood = 'calm' | 'wild' | 'hasty';
const MOODS: Record<Mood, number> = { calm: 10, wild: 7, hasty: 3 };

/** The schedule of a seed, always the same; `mood` is drawn where it is left out. */
export function scheduleOf(seed: number, mood?: Mood): Schedule {
  const draw = new Draw(seed);
  const drawn = draw.weighted(MOODS);
  return drawSchedule(seed, draw, mood ?? drawn);
}

function drawSchedule(seed: number, draw: Draw, mood: Mood): Schedule {
  const hasty = mood === 'hasty';
  const count = Math.max(Number(draw.weighted(SHOPS)), hasty ? 2 : 1);
  const shops = NAMES.slice(0, count).map((name) => shopOf(name, draw));
  const min = draw.between(2, 6) * 1_000;
  const drawn = {
    seed,
    calm: mood === 'calm',
    shops,
    operators: draw.chance(0.3) ? 2 : 1,
    lagMs: { min, max: Math.min(16_000, min + draw.between(1, 12) * 1_000) },
    latencyMs: draw.of([0, 0, 40]),
  } as const;
  const events = new Calendar(drawn, { draw, weights: WEIGHTS[mood] }).fill();
  return { ...drawn, events: hasty ? [{ at: 0, ...HASTY_REUSE }, ...events] : events };
}

const shopOf = (name: string, draw: Draw): Shop => ({
  name,
  replicas: Number(draw.weighted({ 1: 3, 2: 3, 3: 2, 4: 1 })),
  startDelayMs: draw.between(0, 3) * 1_000,
  green: draw.chance(0.3),
});

const CALM_WEIGHTS: Record<Kind, number> = {
  pressure: 0,
  shutdown: 0,
  restart: 5,
  scale: 4,
  delete: 3,
  evict: 3,
  flip: 3,
  flap: 2,
  sick: 1,
  crash: 3,
  outage: 2,
  aws: 3,
  reregistration: 1,
  reuse: 1,
  budget: 2,
};
const WILD_WEIGHTS: Record<Kind, number> = {
  restart: 4,
  scale: 4,
  delete: 5,
  evict: 2,
  pressure: 2,
  shutdown: 1,
  flip: 3,
  flap: 3,
  sick: 2,
  crash: 4,
  outage: 2,
  aws: 5,
  reregistration: 1,
  reuse: 3,
  budget: 2,
};

const HASTY_WEIGHTS: Record<Kind, number> = {
  ...WILD_WEIGHTS,
  scale: 6,
  delete: 8,
  pressure: 4,
  shutdown: 0,
  flap: 0,
  sick: 0,
  reuse: 0,
};
const WEIGHTS: Record<Mood, Record<Kind, number>> = { calm: CALM_WEIGHTS, wild: WILD_WEIGHTS, hasty: HASTY_WEIGHTS };
const HASTY_REUSE = { kind: 'reuse', restMs: 0, next: 'freed last' } as const;

/** How long the budget covers an operator that does nothing, less what it takes to start. */
const GAP_MS = 17_000;
/** From one such gap to the next: every pod that began to leave before has ended. */
const BETWEEN_GAPS_MS = 55_000;

type Frame = Omit<Schedule, 'events'>;
type State = Shop & { freeAt: number };

/** Fills the minutes of a schedule. A calm one keeps to what the budget promises: one thing at a time for each shop, and gaps apart. */
class Calendar {
  readonly #frame: Frame;
  readonly #draw: Draw;
  readonly #weights: Record<Kind, number>;
  readonly #shops: State[];
  #gapFreeAt = 0;
  #reregistration = 'accept';

  constructor(frame: Frame, { draw, weights }: { draw: Draw; weights: Record<Kind, number> }) {
    this.#frame = frame;
    this.#draw = draw;
    this.#weights = weights;
    this.#shops = frame.shops.map((shop) => ({ ...shop, freeAt: 0 }));
  }

  fill(): Event[] {
    const count = this.#draw.between(5, 15);
    const lastAt = this.#draw.between(40, 110) * 1_000;
    const times = Array.from({ length: count }, () => this.#draw.between(0, lastAt)).toSorted((a, b) => a - b);
    return times.flatMap((at) => this.#eventAt(at));
  }

  #eventAt(at: number): Event[] {
    const kind = this.#draw.weighted(this.#weights);
    const shop = this.#draw.of(this.#shops);
    const deed = this.#deeds[kind]?.(shop, at);
    return deed === undefined ? [] : [{ at, ...deed }];
  }

  /** Whether the shop may be changed now; keeps it for so long. */
  #claim(shop: State, at: number, forMs: number): boolean {
    if (this.#frame.calm && at < shop.freeAt) return false;
    shop.freeAt = at + forMs;
    return true;
  }

  #gap(at: number): number | undefined {
    const { calm } = this.#frame;
    if (calm && at < this.#gapFreeAt) return undefined;
    const forMs = this.#draw.between(1, calm ? GAP_MS / 1_000 : 60) * 1_000;
    this.#gapFreeAt = at + forMs + BETWEEN_GAPS_MS;
    return forMs;
  }

  /** A pod that is the only one can go without a loss where its replacement is quick, and the operator there. */
  #maySpare(shop: State): boolean {
    return !this.#frame.calm || shop.replicas > 1;
  }

  readonly #deeds: { [K in Kind]: (shop: State, at: number) => Deed | undefined } = {
    restart: (shop, at) => {
      if (!this.#claim(shop, at, 15_000 + shop.replicas * 25_000)) return undefined;
      return { kind: 'restart', shop: shop.name, startDelayMs: this.#draw.between(0, 8) * 1_000 };
    },
    scale: (shop, at) => {
      const replicas = this.#draw.between(this.#frame.calm ? 1 : 0, 4);
      if (replicas === shop.replicas || !this.#claim(shop, at, 50_000)) return undefined;
      shop.replicas = replicas;
      return { kind: 'scale', shop: shop.name, replicas };
    },
    delete: (shop, at) => {
      if (!this.#maySpare(shop) || !this.#claim(shop, at, 60_000)) return undefined;
      const graceSeconds = this.#frame.calm ? undefined : this.#draw.of([undefined, 5, 0]);
      const deed = { kind: 'delete', shop: shop.name, pod: this.#draw.between(0, 3) } as const;
      return { ...deed, ...(graceSeconds !== undefined && { graceSeconds }) };
    },
    evict: (shop, at) => {
      if (!this.#maySpare(shop) || !this.#claim(shop, at, 60_000)) return undefined;
      return { kind: 'evict', shop: shop.name, pod: this.#draw.between(0, 3) };
    },
    pressure: (shop) => ({ kind: 'pressure', shop: shop.name, pod: this.#draw.between(0, 3) }),
    shutdown: () => ({
      kind: 'shutdown',
      node: this.#draw.between(0, 2),
      seconds: this.#draw.between(10, 60),
      backMs: this.#draw.between(70, 90) * 1_000,
    }),
    flip: (shop, at) => {
      if (!shop.green || shop.replicas === 0 || !this.#claim(shop, at, 50_000)) return undefined;
      return { kind: 'flip', shop: shop.name };
    },
    flap: (shop, at) => {
      if (!this.#claim(shop, at, 100_000)) return undefined;
      const forMs = this.#draw.between(3, 25) * 1_000;
      return { kind: 'flap', shop: shop.name, pod: this.#draw.between(0, 3), forMs };
    },
    sick: (shop, at) => {
      const forMs = this.#draw.between(20, 50) * 1_000;
      return this.#claim(shop, at, forMs + 40_000) ? { kind: 'sick', shop: shop.name, forMs } : undefined;
    },
    crash: (_shop, at) => {
      const downMs = this.#gap(at);
      return downMs === undefined ? undefined : { kind: 'crash', downMs };
    },
    outage: (_shop, at) => {
      const forMs = this.#gap(at);
      return forMs === undefined ? undefined : { kind: 'outage', forMs };
    },
    aws: (_shop, at) => {
      const forMs = this.#gap(at);
      if (forMs === undefined) return undefined;
      const trouble = this.#draw.of(['throttle', 'error', 'lost answer', 'half', 'describe down'] as const);
      return { kind: 'aws', trouble, forMs, probability: this.#draw.of([0.5, 1]) };
    },
    reregistration: () => {
      const mode = this.#draw.of(
        (['accept', 'refuse', 'stay-draining'] as const).filter((one) => one !== this.#reregistration),
      );
      this.#reregistration = mode;
      return { kind: 'reregistration', mode };
    },
    reuse: () => ({
      kind: 'reuse',
      restMs: this.#frame.calm ? 30_000 : this.#draw.of([0, 1_000, 30_000]),
      next: this.#draw.of(['longest free', 'freed last', 'freed last'] as const),
    }),
    budget: (shop) =>
      this.#draw.chance(0.6)
        ? { kind: 'budget', shop: shop.name, propagation: this.#draw.between(17, 30) }
        : { kind: 'budget', shop: shop.name, hold: this.#draw.of(['0', '8', '20', 'auto']) },
  };
}
