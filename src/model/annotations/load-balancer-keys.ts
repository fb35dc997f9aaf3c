import type { Table } from './annotation.ts';
import { anything, bool, cidrList, matching, oneOf, stringList, stringMap, wholeNumber } from './reader.ts';

const exclusive = { on: 'Ingress', merge: 'exclusive', acted: true } as const;
const later = { on: 'Ingress', merge: 'exclusive', type: 'text', read: anything, acted: false } as const;

/** Group, name, place and security groups of the load balancer. */
export const LOAD_BALANCER_KEYS = {
  'group.name': {
    ...exclusive,
    merge: 'own',
    type: 'name',
    read: matching(
      'at most 63 of a-z, 0-9, "-" and ".", beginning with a letter or digit and ending with one',
      /^(?=.{1,63}$)([a-z0-9][-a-z0-9.]*)?[a-z0-9]$/,
    ),
    about: 'All Ingresses of one group share one load balancer.',
  },
  'group.order': {
    ...exclusive,
    merge: 'own',
    type: 'number',
    read: wholeNumber(-1000, 1000),
    default: '0',
    about: 'Place of the rules in the group, lowest first; equal ones by namespace and name.',
  },
  'load-balancer-name': {
    ...exclusive,
    type: 'name',
    read: matching(
      'at most 32 letters, digits and hyphens, none at the ends, and not beginning with "internal-"',
      /^(?!internal-)(?=.{1,32}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/,
    ),
    default: 'made from namespace and name',
    about: 'Name of the load balancer; counts at its creation only.',
  },
  scheme: {
    ...exclusive,
    type: 'enum',
    read: oneOf('internal', 'internet-facing'),
    default: 'setting `default-scheme`',
    about: 'Whether the load balancer has public addresses; a change makes a new load balancer.',
  },
  'ip-address-type': {
    ...exclusive,
    type: 'enum',
    read: oneOf('ipv4', 'dualstack', 'dualstack-without-public-ipv4'),
    default: 'ipv4',
    about: 'Address families of the load balancer; dualstack needs subnets with an IPv6 block.',
  },
  subnets: {
    ...exclusive,
    type: 'list',
    read: stringList,
    default: 'found by role tag',
    about: 'Subnet ids or values of the tag Name, one per zone, in two zones at least.',
  },
  'security-groups': {
    ...exclusive,
    type: 'list',
    read: stringList,
    default: 'one made for the load balancer',
    about: 'Security group ids or values of the tag Name, in place of the one Podwire makes.',
  },
  'manage-backend-security-group-rules': {
    ...exclusive,
    type: 'bool',
    read: bool,
    default: 'false',
    about: 'With `security-groups`: whether Podwire still opens the way to the targets.',
  },
  'inbound-cidrs': {
    ...exclusive,
    merge: 'exclusive per port',
    type: 'CIDR list',
    read: cidrList,
    default: '0.0.0.0/0, and ::/0 with dualstack',
    about: 'Who may reach the listeners; without effect where `security-groups` is given.',
  },
  'load-balancer-attributes': {
    ...exclusive,
    merge: 'exclusive per key',
    type: 'map',
    read: stringMap,
    about: 'Attributes of the load balancer; only those listed are set.',
  },
  tags: {
    ...exclusive,
    on: 'Ingress, Service',
    merge: 'exclusive per key',
    type: 'map',
    read: stringMap,
    about: 'Tags on everything that is made; a Service adds tags to its target groups.',
  },
  'security-group-prefix-lists': {
    ...later,
    protects: 'the prefix lists limit who may reach the load balancer',
    about: 'Prefix lists that may reach the listeners.',
  },
  'customer-owned-ipv4-pool': { ...later, about: 'Address pool of an Outpost.' },
  'ipam-ipv4-pool-id': { ...later, about: 'IPAM pool of the public addresses.' },
  'minimum-load-balancer-capacity': { ...later, about: 'Capacity that is reserved.' },
} as const satisfies Table;
