import { LineSplitter } from '../../src/kube/frames.ts';
import { findAccess } from '../../src/kube/access.ts';
import { Transport } from '../../src/kube/transport.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { NAMESPACE } from './manifests.ts';

/** A watch of the EndpointSlices that does nothing but note when a change came: the least that anybody needs to learn of it. */
export type BareWatcher = {
  /** `performance.now()` when the object with this resourceVersion came. */
  seen(resourceVersion: string): Promise<number>;
  stop(): Promise<void>;
};

export async function startBareWatcher(kubeconfig: string): Promise<BareWatcher> {
  const access = await findAccess({ kubeconfig, env: {}, clock: realClock });
  const transport = new Transport(access, { clock: realClock, userAgent: 'podwire-bench' });
  const abort = new AbortController();
  const seen = new Map<string, PromiseWithResolvers<number>>();
  const entry = (version: string) => {
    const known = seen.get(version) ?? Promise.withResolvers<number>();
    seen.set(version, known);
    return known;
  };
  const pieces = transport.stream({
    verb: 'watch',
    what: 'endpointslices',
    method: 'GET',
    path: `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`,
    query: { watch: true },
    signal: abort.signal,
  });
  const followed = note(pieces, (version, at) => entry(version).resolve(at)).catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return {
    seen: (version) =>
      Promise.race([entry(version).promise, followed.then(() => Promise.reject(new Error('the watch ended')))]),
    stop: async () => {
      abort.abort();
      await followed;
      transport.close();
    },
  };
}

async function note(pieces: AsyncIterable<Buffer>, onVersion: (version: string, at: number) => void): Promise<void> {
  const lines = new LineSplitter();
  for await (const piece of pieces) {
    const at = performance.now();
    for (const line of lines.push(piece)) {
      const { object } = JSON.parse(line) as { object: { metadata?: { resourceVersion?: string } } };
      onVersion(object.metadata?.resourceVersion ?? '', at);
    }
  }
}
