import type { TargetLine } from './case.ts';
import type { ProofWorld } from './world.ts';

/** What each target went through; `at`: milliseconds since 1970. */
export type History = { target: string; states: { at: number; state: string }[] }[];

/** The states of the targets as local AWS had them, in milliseconds after `began`. */
export async function targetLines({ aws }: Pick<ProofWorld, 'aws'>, began: number): Promise<TargetLine[]> {
  const history = await aws.control<History>('targets/history');
  return history.map(({ target, states }) => ({
    target,
    states: states.map(({ at, state }) => ({ atMs: at - began, state })),
  }));
}
