import { join } from 'node:path';
import { realClock } from '../../runtime/clock.ts';
import { startProcess } from '../process.ts';
import { type ProcessStall, stallsSince } from '../stalls.ts';
import type { LoadOptions, LoadReport } from './generator.ts';
import type { LoadQuestion } from './load.ts';

/** `stalled`: the processes, of those watched, that stood still meanwhile; with one of them the report is inconclusive. */
export type WatchedReport = LoadReport & { stalled: ProcessStall[] };

/** A load that is running in a process of its own. */
export type Load = {
  /** Ends the phase that is running and begins another one. */
  phase(name: string): Promise<void>;
  /** Sends no more, waits for what is under way, and reports. */
  stop(): Promise<WatchedReport>;
};

/**
 * Starts a steady load. Nothing is ever sent twice: what a client would have to repeat is counted as lost.
 * `dir`: where the processes log whose stalls spoil the measurement.
 */
export async function startLoad(options: LoadOptions, dir?: string): Promise<Load> {
  const began = realClock.now();
  const log = dir === undefined ? undefined : join(dir, 'load.log');
  const process = await startProcess<{ started: true }>('load', options, log);
  const ask = (question: LoadQuestion): Promise<unknown> => process.ask(question);
  return {
    phase: async (name) => void (await ask({ phase: name })),
    async stop() {
      const report = (await ask({ stop: true })) as LoadReport;
      await process.stop();
      const stalled = dir === undefined ? [] : await stallsSince(dir, began);
      return { ...report, stalled, inconclusive: report.inconclusive || stalled.length > 0 };
    },
  };
}
