import type { Clock } from '../../../runtime/clock.ts';
import { type Cluster, KindTable, newUid, type ServiceResolver } from './state.ts';
import { timestamp } from '../timestamp.ts';
import { collectGarbage } from './collector.ts';
import { Store } from './store.ts';

const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

export type { Cluster } from './state.ts';

/** An empty cluster with the namespaces every cluster has. */
export function createCluster(options: {
  clock: Clock;
  historySize?: number;
  resolveService?: ServiceResolver;
}): Cluster {
  const store = new Store(options.historySize);
  const kinds = new KindTable();
  const { clock, resolveService = () => undefined } = options;
  store.subscribe((event) => kinds.follow(event));
  const cluster: Cluster = {
    store,
    clock,
    kinds,
    resolveService,
    reset() {
      store.clear();
      kinds.clear();
      addNamespaces(cluster);
    },
  };
  addNamespaces(cluster);
  collectGarbage(cluster);
  return cluster;
}

function addNamespaces({ store, clock }: Cluster): void {
  for (const name of FIRST_NAMESPACES) {
    store.put('/namespaces', name, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        uid: newUid(clock),
        resourceVersion: '',
        creationTimestamp: timestamp(clock),
        labels: { 'kubernetes.io/metadata.name': name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }
}
