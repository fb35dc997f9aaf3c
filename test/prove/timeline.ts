import type { RecordedRequest } from '../../src/local/traffic/record.ts';
import type { Mark, TargetLine, Timeline } from './case.ts';
import type { ProofWorld } from './world.ts';

const STEP_MS = 100;

type Seen = { began: number; requests: RecordedRequest[]; marks: Mark[]; namespace: string };

/** What happened when: requests and failures by their beginning, and the states of the targets as local AWS had them. */
export async function timelineOf(world: ProofWorld, { began, requests, marks }: Seen): Promise<Timeline> {
  const failed = requests.filter(({ failure }) => failure !== undefined);
  return {
    stepMs: STEP_MS,
    requests: stepsOf(requests, began),
    failed: stepsOf(failed, began),
    marks,
    targets: await targetLines(world, began),
  };
}

function stepsOf(requests: RecordedRequest[], began: number): number[] {
  const steps: number[] = [];
  for (const request of requests) {
    const step = Math.max(0, Math.floor((request.began - began) / STEP_MS));
    while (steps.length <= step) steps.push(0);
    steps[step] = (steps[step] ?? 0) + 1;
  }
  return steps;
}

type History = { target: string; states: { at: number; state: string }[] }[];

async function targetLines({ aws }: ProofWorld, began: number): Promise<TargetLine[]> {
  const history = await aws.control<History>('targets/history');
  return history.map(({ target, states }) => ({
    target,
    states: states.map(({ at, state }) => ({ atMs: at - began, state })),
  }));
}
