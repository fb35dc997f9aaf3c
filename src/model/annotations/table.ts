import { type Annotation, INGRESS_PREFIX, OWN_PREFIX, SERVICE_PREFIX, type Table } from './annotation.ts';
import { FRONTEND_NLB_KEYS } from './frontend-nlb-keys.ts';
import { LISTENER_KEYS } from './listener-keys.ts';
import { LOAD_BALANCER_KEYS } from './load-balancer-keys.ts';
import { OWN_KEYS } from './own-keys.ts';
import { PROTECTION_KEYS } from './protection-keys.ts';
import { RULE_KEYS } from './rule-keys.ts';
import { SERVICE_KEYS } from './service-keys.ts';
import { TARGET_KEYS } from './target-keys.ts';

/** Every key under `alb.ingress.kubernetes.io/`, without the prefix. */
export const INGRESS_KEYS = {
  ...LOAD_BALANCER_KEYS,
  ...LISTENER_KEYS,
  ...TARGET_KEYS,
  ...RULE_KEYS,
  ...PROTECTION_KEYS,
  ...FRONTEND_NLB_KEYS,
  'dry-run-plan': {
    on: 'Ingress',
    type: 'JSON',
    read: (given: string) => ({ value: given }),
    merge: 'own',
    acted: true,
    unread: true,
    about: 'Written by the AWS Load Balancer Controller; never read.',
  },
} as const satisfies Table;

/** The whole table, by prefix. */
export const ANNOTATIONS: Record<string, Table> = {
  [INGRESS_PREFIX]: INGRESS_KEYS,
  [SERVICE_PREFIX]: SERVICE_KEYS,
  [OWN_PREFIX]: OWN_KEYS,
};

/** The row of a key without its prefix, `actions.blue` by `actions.*`; undefined when there is none. */
export function rowOf(key: string, table: Table): Annotation | undefined {
  const family = Object.keys(table).find((row) => row.endsWith('.*') && isMember(key, row));
  if (Object.hasOwn(table, key) && !key.endsWith('*')) return table[key];
  return family === undefined ? undefined : table[family];
}

const isMember = (key: string, family: string): boolean =>
  key.startsWith(family.slice(0, -1)) && key.length > family.length - 1;
