import type { KubeObject, Resource } from '../../../kube/api.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { customKinds } from './custom-resource.ts';
import { BUILT_IN_KINDS, type Kind } from './kinds.ts';
import { Store, type StoreEvent } from './store.ts';

/** Where a webhook's `clientConfig.service` is reached; undefined when there is nothing behind it. */
export type ServiceResolver = (service: { namespace: string; name: string; port: number }) => string | undefined;

/** All state of one local cluster's API server. */
export type Cluster = {
  readonly store: Store;
  readonly clock: Clock;
  readonly kinds: KindTable;
  readonly resolveService: ServiceResolver;
  /** Forgets everything, as a cluster whose etcd was lost. */
  reset(): void;
};

/** The kinds served now: the built-in ones and those of the CustomResourceDefinitions in the store. */
export class KindTable {
  #custom = new Map<string, Kind[]>();

  all(): Kind[] {
    return [...BUILT_IN_KINDS, ...[...this.#custom.values()].flat()];
  }

  find(resource: Pick<Resource, 'group' | 'version' | 'plural'>): Kind | undefined {
    return this.all().find(
      (one) => one.group === resource.group && one.version === resource.version && one.plural === resource.plural,
    );
  }

  /** The kind under which an owner reference or a body names it; any version of the group will do. */
  findKind(apiVersion: string, kind: string): Kind | undefined {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    return this.all().find((one) => one.group === group && one.kind === kind);
  }

  follow(event: StoreEvent): void {
    if (event.storage !== 'apiextensions.k8s.io/customresourcedefinitions') return;
    if (event.type === 'DELETED') this.#custom.delete(event.key);
    else this.#custom.set(event.key, customKinds(event.object));
  }

  clear(): void {
    this.#custom = new Map();
  }
}

export const present = (kind: Kind, object: KubeObject): KubeObject => kind.view?.fromStored(object) ?? object;

const HEX = '0123456789abcdef';

export function newUid(clock: Clock): string {
  const digits = Array.from({ length: 32 }, () => HEX[Math.floor(clock.random() * 16)] as string);
  digits[12] = '4';
  const text = digits.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters that make a generated name unique. */
export const nameSuffix = (clock: Clock): string =>
  Array.from({ length: 5 }, () => LETTERS[Math.floor(clock.random() * LETTERS.length)]).join('');
