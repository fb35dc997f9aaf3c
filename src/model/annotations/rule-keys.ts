import { action } from './actions.ts';
import type { Table } from './annotation.ts';
import { conditions } from './conditions.ts';
import { anything, bool } from './reader.ts';
import { json } from './shape.ts';

const own = { on: 'Ingress', merge: 'own', acted: true } as const;

/** What a rule does and when, beyond what an Ingress can say. */
export const RULE_KEYS = {
  'actions.*': {
    ...own,
    type: 'JSON',
    read: json(action),
    about:
      'Forward with weights, redirect or fixed response, for backends with this name and the port `use-annotation`.',
  },
  'conditions.*': {
    ...own,
    type: 'JSON',
    read: json(conditions),
    about: 'Further conditions on the rules whose backend has this name.',
  },
  'use-regex-path-match': {
    ...own,
    type: 'bool',
    read: bool,
    default: 'false',
    about: 'Takes ImplementationSpecific paths, without the slash in front, as regular expressions.',
  },
  'transforms.*': {
    ...own,
    acted: false,
    type: 'JSON',
    read: anything,
    protects: 'the backend would be asked for another host or path than the one it guards',
    about: 'Rewrites of host and path on the rules whose backend has this name.',
  },
} as const satisfies Table;
