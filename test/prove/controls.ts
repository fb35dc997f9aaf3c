import type { WorldOptions } from './world.ts';
import type { App } from './apps.ts';

/** What is taken away so that requests must be lost: the proof that the measurement sees a loss. */
export type Control = {
  about: string;
  world: WorldOptions;
  app?: Partial<App>;
  /** A model of more than one part at once: no row refers to it, and the short proof leaves it out. */
  model?: true;
  /** Which of the things that are done to an app it is tried on. */
  during: 'rollout' | 'bad version' | 'selector flip' | 'address reuse' | 'bad version in place';
};

const OFF = { annotations: { 'podwire.dev/drain': 'off' } };

export const CONTROLS = {
  'no gate': {
    about: 'pods count as ready before the load balancer knows them',
    world: { controls: ['no-gate'] },
    during: 'bad version',
  },
  'no sleep': { about: 'pods end as soon as they are deleted', world: {}, app: { pod: OFF }, during: 'rollout' },
  'sleep 10': {
    about: 'pods serve for 10 s after they are deleted, less than the load balancer needs',
    // Every node is slow: how many of them are must not be left to chance.
    world: { drain: { detect: 1, controllerGap: 1, propagation: 7, margin: 1 }, lagSeconds: { min: 15, max: 16 } },
    during: 'rollout',
  },
  'deregister first': {
    about: 'old targets are taken out before new ones are registered and healthy',
    world: { controls: ['deregister-first'] },
    during: 'selector flip',
  },
  'no UID check': {
    about: 'a target is known by its address alone',
    world: { controls: ['no-uid-check'], cooldownSeconds: 0 },
    during: 'address reuse',
  },
  'gate from cached health': {
    about: 'the gate opens on what was last seen of the address',
    world: { controls: ['gate-from-cached-health'] },
    during: 'bad version in place',
  },
  "the peer's order": {
    about:
      'terminating pods are deregistered at once, deregistration before registration, targets known by address, no sleep',
    world: { controls: ['deregister-first', 'no-uid-check', 'gate-from-cached-health'] },
    app: { pod: OFF },
    model: true,
    during: 'rollout',
  },
} as const satisfies Record<string, Control>;

export type ControlName = keyof typeof CONTROLS;
