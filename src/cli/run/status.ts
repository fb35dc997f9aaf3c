import type { WatchFreshness } from '../../kube/freshness.ts';
import type { Lease } from '../../kube/lease.ts';
import type { Logs } from '../../log.ts';
import type { Metrics, Sample } from '../../metrics.ts';
import { type CheckedParts, checksOf } from '../../server/checks.ts';
import { type Checks, type Endpoint, makeChecks, type Result } from '../../server/health.ts';
import type { MetricRegistry } from '../../server/registry.ts';
import { type Address, readAddress } from '../../settings/address.ts';
import type { Settings } from '../../settings/settings.ts';

export type Serving = {
  address: Address;
  registry: MetricRegistry;
  parts: CheckedParts & { lease: Lease | undefined };
  logs: Logs;
  leaseName: string;
};

/** Serves metrics, checks and levels, and measures what only this process knows. */
export async function serveStatus({ address, registry, parts, logs, leaseName }: Serving): Promise<void> {
  const checks = checksOf(parts);
  measureLease(registry.metrics, parts.lease, leaseName);
  measureWatches(registry.metrics, parts);
  const look = measureChecks(registry.metrics, checks);
  const looked: Pick<MetricRegistry, 'text' | 'contentType'> = {
    contentType: registry.contentType,
    text: () => look().then(() => registry.text()),
  };
  const { url } = await (await import('../../server/http.ts')).serveStatus({ address, registry: looked, checks, logs });
  logs.of('operator').info({ url }, 'metrics');
}

function measureLease(metrics: Metrics, lease: Lease | undefined, name: string): void {
  const value = () => ((lease?.leads() ?? true) ? 1 : 0);
  metrics.gauge('podwire_leader', () => [{ labels: {}, value: value() }]);
  if (lease !== undefined) metrics.gauge('leader_election_master_status', () => [{ labels: { name }, value: value() }]);
}

function measureWatches(metrics: Metrics, { freshness, aheadMs }: Pick<CheckedParts, 'freshness' | 'aheadMs'>): void {
  metrics.gauge('podwire_watch_silence_seconds', () => silences(freshness));
  metrics.gauge('podwire_clock_skew_seconds', () => {
    const ahead = aheadMs();
    return ahead === undefined ? [] : [{ labels: {}, value: Math.round(ahead / 1_000) }];
  });
}

const silences = (freshness: Pick<WatchFreshness, 'ages'>): Sample<'podwire_watch_silence_seconds'>[] =>
  [...Map.groupBy(freshness.ages(), ({ kind }) => kind)].map(([kind, ages]) => ({
    labels: { kind },
    value: Math.max(...ages.map(({ silentMs }) => silentMs)) / 1_000,
  }));

/** Checks may take their time, and gauges are read at once: what the returned function has found is told. */
function measureChecks(metrics: Metrics, checks: Checks): () => Promise<void> {
  const found = new Map<Endpoint, Result[]>();
  metrics.gauge('podwire_check', () =>
    [...found].flatMap(([endpoint, results]) =>
      results.map(({ name, trouble }) => ({ labels: { endpoint, name }, value: trouble === undefined ? 1 : 0 })),
    ),
  );
  return async () => {
    for (const endpoint of ['livez', 'readyz'] as const) found.set(endpoint, await makeChecks(checks, endpoint));
  };
}

/** Where profiles are served; `:6060` is this machine alone. */
export const profileAddress = ({ profileAddress: text }: Pick<Settings, 'profileAddress'>): Address | undefined =>
  readAddress(text.startsWith(':') ? `127.0.0.1${text}` : text);
