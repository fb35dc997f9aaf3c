import { startProcess } from '../process.ts';
import type { LoadOptions, LoadReport } from './generator.ts';
import type { LoadQuestion } from './load.ts';

/** A load that is running in a process of its own. */
export type Load = {
  /** Ends the phase that is running and begins another one. */
  phase(name: string): Promise<void>;
  /** Sends no more, waits for what is under way, and reports. */
  stop(): Promise<LoadReport>;
};

/** Starts a steady load. Nothing is ever sent twice: what a client would have to repeat is counted as lost. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const process = await startProcess<{ started: true }>('load', options);
  const ask = (question: LoadQuestion): Promise<unknown> => process.ask(question);
  return {
    phase: async (name) => void (await ask({ phase: name })),
    async stop() {
      const report = (await ask({ stop: true })) as LoadReport;
      await process.stop();
      return report;
    },
  };
}
