import type { Table } from './annotation.ts';
import { bool, oneOf, seconds, secondsOr } from './reader.ts';

const own = { on: 'IngressClass, Ingress, Service', merge: 'own', acted: true } as const;
const duration = { ...own, type: 'seconds', read: seconds(0, 1_800) } as const;

/** The drain budget of one group of targets; the closest object counts: Service, then Ingress, then IngressClass, then the settings. */
export const DRAIN_KEYS = {
  'drain-mode': {
    ...own,
    type: 'enum',
    read: oneOf('Managed', 'Audit'),
    default: 'setting `drain-mode`',
    about: 'Whether pods get sleep and readiness gate injected, or it is only said what they lack.',
  },
  'drain-hold-seconds': {
    ...own,
    type: 'seconds or `auto`',
    read: secondsOr('auto', 0, 1_800),
    default: 'setting `drain-hold-seconds`',
    about: 'How long the replacement of a pod is waited for; `auto`: as long as its pods take to become healthy.',
  },
  'drain-max-request-seconds': {
    ...own,
    type: 'seconds',
    read: seconds(0, 3_600),
    default: 'setting `drain-max-request-seconds`',
    about: 'The longest request; decides the deregistration delay where nobody set one.',
  },
  'drain-propagation-seconds': {
    ...duration,
    default: 'setting `drain-propagation-alb-seconds`',
    about: 'From an answered call until every node of the load balancer acts on it.',
  },
  'drain-controller-gap-seconds': {
    ...duration,
    default: 'setting `drain-controller-gap-seconds`',
    about: 'For how long the operator may be away without a lost request.',
  },
  'drain-margin-seconds': {
    ...duration,
    default: 'setting `drain-margin-alb-seconds`',
    about: 'What is added to the budget.',
  },
  'drain-detect-seconds': {
    ...duration,
    default: 'setting `drain-detect-seconds`',
    about: 'From the deletion of a pod until the operator has seen it.',
  },
  'drain-liveness-grace': {
    ...own,
    type: 'enum',
    read: oneOf('Preserve', 'Off'),
    default: 'setting `drain-liveness-grace`',
    about: 'Whether a container that fails its liveness probe is killed as fast as before injection.',
  },
  'drain-gate': {
    ...own,
    type: 'bool',
    read: bool,
    default: 'setting `drain-gate`',
    about: 'Whether pods carry the readiness gate.',
  },
  'drain-gate-timeout-seconds': {
    ...own,
    type: 'seconds',
    read: seconds(0, 86_400),
    default: 'setting `drain-gate-timeout-seconds`',
    about: 'After that a gate may open for a group that has nothing to protect.',
  },
  'drain-pre-drain-on-node-disruption': {
    ...own,
    type: 'bool',
    read: bool,
    default: 'setting `drain-pre-drain-on-node-disruption`',
    about:
      'Whether pods are deregistered as soon as their node announces that it goes, not only when they are evicted.',
  },
} as const satisfies Table;
