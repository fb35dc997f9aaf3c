import { join } from 'node:path';
import { readRequests, requestLogIn, SERVED_BY } from '../request-log.ts';
import type { LoadRecord } from './account.ts';
import type { LoadOptions } from './generator.ts';
import { USUAL_SHARES } from './mix.ts';
import { readRecord } from './record.ts';
import { startLoad, type WatchedReport } from './traffic.ts';

export type RecordedLoadOptions = Pick<LoadOptions, 'targets' | 'ca' | 'newConnectionShare' | 'timeoutMs'> & {
  /** Unique among the loads of one folder. */
  name: string;
  /** Requests per second; 500 by default. */
  rate?: number;
  /** By what the durations of requests are divided; 1 by default. */
  factor?: number;
};

export type RecordedLoad = {
  /** Sends no more, waits for what is under way, and gives back every request with what pods tell of it. */
  stop(): Promise<LoadRecord & Pick<WatchedReport, 'inconclusive' | 'stalled'>>;
};

/** Milliseconds of silence after which a client gives up. */
const PATIENCE_MS = 15_000;

/**
 * Starts a load of mixed requests, each with an id, whose every outcome is kept. `dir`: the folder in which the kubelet logs,
 * for the pods' side of it. Targets without a wanted status want 200.
 */
export async function startRecordedLoad(options: RecordedLoadOptions, dir: string): Promise<RecordedLoad> {
  const { name, rate = 500, factor = 1, newConnectionShare = 0.5, timeoutMs = PATIENCE_MS, ca } = options;
  const record = join(dir, `${name}.jsonl`);
  const targets = options.targets.map((target) => ({ ...target, expectStatus: target.expectStatus ?? 200 }));
  const mix = { shares: USUAL_SHARES, factor };
  const pool = { connections: 1_024, newConnectionShare, timeoutMs, timeoutOf: 'silence' as const };
  const sign = { backend: { header: SERVED_BY }, ...(ca !== undefined && { ca }) };
  const load = await startLoad({ targets, rate, mix, record, phase: name, ...pool, ...sign }, dir);
  return {
    async stop() {
      const { inconclusive, stalled } = await load.stop();
      const [requests, executions] = await Promise.all([readRecord(record), readRequests(requestLogIn(dir))]);
      return { requests, executions, inconclusive, stalled };
    },
  };
}
