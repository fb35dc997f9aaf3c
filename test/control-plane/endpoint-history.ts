import type { KubeApi } from '../../src/kube/api.ts';
import { type Endpoint, type EndpointSlice, KINDS } from '../../src/local/cluster/objects.ts';

/** Follows the endpoints of a Service; `stop` answers with the states each pod went through. */
export function endpointHistory(api: KubeApi, service: string): { stop(): Promise<Map<string, string[]>> } {
  const abort = new AbortController();
  const seen = new Map<string, string[]>(); // pod name -> states
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const followed = (async () => {
    for await (const change of api.watch(KINDS.endpointSlice, { labelSelector, signal: abort.signal }))
      for (const object of change.kind === 'replace' ? change.objects : [change.object])
        note(seen, change.kind === 'remove' ? [] : ((object as EndpointSlice).endpoints ?? []));
  })();
  return {
    async stop() {
      abort.abort();
      await followed;
      return seen;
    },
  };
}

function note(seen: Map<string, string[]>, endpoints: Endpoint[]): void {
  const now = new Map(endpoints.map((endpoint) => [endpoint.targetRef?.name ?? '', stateOf(endpoint)]));
  for (const [pod, state] of now) add(seen, pod, state);
  for (const pod of seen.keys()) if (!now.has(pod)) add(seen, pod, 'gone');
}

function add(seen: Map<string, string[]>, pod: string, state: string): void {
  const states = seen.get(pod) ?? [];
  if (states.at(-1) !== state) seen.set(pod, [...states, state]);
}

const stateOf = ({ conditions }: Endpoint): string =>
  (['ready', 'serving', 'terminating'] as const).filter((one) => conditions[one]).join(' ') || 'not ready';
