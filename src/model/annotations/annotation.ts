import type { Reader } from './reader.ts';

export const INGRESS_PREFIX = 'alb.ingress.kubernetes.io/';
export const SERVICE_PREFIX = 'service.beta.kubernetes.io/';
export const OWN_PREFIX = 'podwire.dev/';

/** How two members of a group agree on a value. */
type Merge =
  /** One value for the load balancer: a second, different one is refused. */
  | 'exclusive'
  /** As exclusive, for each key of the map. */
  | 'exclusive per key'
  /** As exclusive, for each listener port. */
  | 'exclusive per port'
  /** All values together. */
  | 'union'
  /** Each Ingress has its own. */
  | 'own';

type Place = 'IngressClass, Ingress, Service' | 'Ingress' | 'Service' | 'Ingress, Service' | 'TargetGroupBinding';

/** One row of the table. A key that ends in `*` stands for every key that begins so. */
export type Annotation<T = unknown> = {
  readonly on: Place;
  /** Its form, in a word or two. */
  readonly type: string;
  readonly read: Reader<T>;
  readonly default?: string;
  readonly merge: Merge;
  /** Whether anything comes of it; one that is not acted on is told with a warning, or refused by `protects`. */
  readonly acted: boolean;
  /** Nothing follows from its value. */
  readonly unread?: true;
  /** What would be open or changed if it were left out. A member that carries it is refused. */
  readonly protects?: string;
  /** Values that protect nothing, although the key does. */
  readonly harmless?: (text: string) => boolean;
  readonly about: string;
};

export type Table = Record<string, Annotation>;
