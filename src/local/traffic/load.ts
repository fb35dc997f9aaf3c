import { realClock } from '../../runtime/clock.ts';
import type { Part } from '../process.ts';
import { LoadGenerator, type LoadOptions } from './generator.ts';

/** What the process of a load generator is asked. */
export type LoadQuestion = { phase: string } | { stop: true };

/** The load generator as a process of its own, so that what it measures does not slow it down. */
export const loadPart: Part<LoadOptions, { started: true }> = async (options, part) => {
  const generator = new LoadGenerator(realClock, options);
  part.onAsk((question) => {
    const asked = question as LoadQuestion;
    if ('stop' in asked) return generator.stop();
    return generator.phase(asked.phase);
  });
  return { started: true };
};
