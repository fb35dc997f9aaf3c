import type { Table } from './annotation.ts';
import { DRAIN_KEYS } from './drain-keys.ts';
import { bool, oneOf, time } from './reader.ts';

/** What the peer has no key for. */
export const OWN_KEYS = {
  'target-fallback': {
    on: 'IngressClass, Ingress, Service',
    type: 'enum',
    read: oneOf('node-port', 'never'),
    default: 'node-port',
    merge: 'own',
    acted: true,
    about:
      'Whether targets fall back to node ports where Pod addresses cannot be reached. With `never` they are not served then.',
  },
  ...DRAIN_KEYS,
  claim: {
    on: 'TargetGroupBinding',
    type: 'bool',
    read: bool,
    default: 'false',
    merge: 'own',
    acted: true,
    about: 'Hands the TargetGroupBinding to Podwire: its targets are served, its target group is never changed.',
  },
  'release-brake': {
    on: 'Service',
    type: 'an RFC 3339 time',
    read: time,
    merge: 'own',
    acted: true,
    about: 'Until then targets that run are deregistered as the cluster asks, however few remain.',
  },
} as const satisfies Table;
