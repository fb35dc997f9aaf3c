import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { realClock, type Clock } from '../../../runtime/clock.ts';
import type { KubeApi } from '../../../kube/api.ts';
import { createCluster } from './cluster.ts';
import type { ServiceResolver } from './state.ts';
import { createFaults, type Faults } from './http/faults.ts';
import { createApiServer } from './http/server.ts';
import { localKubeApi } from './kube-api.ts';
import type { Store } from './store.ts';

export type LocalApiServerOptions = {
  /** 0, the default, takes a free one. */
  port?: number;
  /** An address of 127.0.0.0/8. */
  host?: string;
  clock?: Clock;
  /** The one bearer token that is let in; a random one where nothing is given. */
  token?: string;
  /** How many writes a watch can look back before it is told 410. */
  historySize?: number;
  /** Where a webhook's service is reached, as a URL without path. */
  resolveService?: ServiceResolver;
};

export type LocalApiServer = {
  readonly url: string;
  readonly token: string;
  readonly store: Store;
  /** The same cluster without HTTP. */
  readonly api: KubeApi;
  readonly faults: Faults;
  /** A kubeconfig, in JSON, which is YAML too. */
  kubeconfig(): string;
  /** Cuts every connection, watches included; the state stays. */
  dropConnections(): void;
  /** Every watch from before now is told 410 when it comes back. */
  forgetHistory(): void;
  /** Stops listening for `downMs`, then listens again on the same port; without `keep` the state is lost. */
  restart(options?: { keep?: boolean; downMs?: number }): Promise<void>;
  close(): Promise<void>;
};

/** Starts the local cluster's API server: plain HTTP on a loopback address, one token. */
export async function startLocalApiServer(options: LocalApiServerOptions = {}): Promise<LocalApiServer> {
  const clock = options.clock ?? realClock;
  const host = options.host ?? '127.0.0.1';
  const token = options.token ?? randomBytes(16).toString('hex');
  const faults = createFaults(clock);
  const cluster = createCluster({ clock, ...options });
  const server = createApiServer({ cluster: () => cluster, token, interfere: faults.interfere });
  const listen = (port: number): Promise<void> =>
    new Promise((done, fail) => void server.once('error', fail).listen(port, host, () => done()));
  await listen(options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const url = `http://${host}:${port}`;
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return {
    url,
    token,
    store: cluster.store,
    api: localKubeApi(cluster),
    faults,
    kubeconfig: () => kubeconfig(url, token),
    dropConnections: () => server.closeAllConnections(),
    forgetHistory: () => cluster.store.forgetHistory(),
    async restart({ keep = true, downMs = 0 } = {}) {
      await close();
      if (!keep) cluster.reset();
      await clock.sleep(downMs);
      await listen(port);
    },
    close,
  };
}

function kubeconfig(url: string, token: string): string {
  const name = 'podwire-local';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
