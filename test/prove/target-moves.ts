import type { HistoryLine, StateEntry } from '../../src/local/aws/history.ts';
import type { PodLife } from './pod-lives.ts';

/** From then on a target was registered, or was not. */
type Move = { at: number; registered: boolean };

/**
 * What must not happen to a target from `since` on: to be taken out while its pod is there to stay, or to be put in once more
 * after it was taken out for the same pod.
 */
export const wrongMoves = (history: readonly HistoryLine[], pods: readonly PodLife[], since: number): string[] =>
  history.flatMap(({ target, states }) => {
    const podAt = (at: number): PodLife | undefined => podOf(pods, target, at);
    const moves = movesOf(states);
    return moves.flatMap((move, index) => {
      const wrong = move.registered ? onceMore(move, moves[index - 1], podAt) : tooSoon(move, podAt);
      return wrong === undefined || move.at < since ? [] : [`target ${target} was ${wrong}`];
    });
  });

/** Whatever its health was meanwhile. */
function movesOf(states: readonly StateEntry[]): Move[] {
  const moves: Move[] = [];
  for (const { at, state, reason } of states) {
    const registered = state !== 'draining' && reason !== 'Target.NotRegistered';
    if (registered !== (moves.at(-1)?.registered ?? false)) moves.push({ at, registered });
  }
  return moves;
}

/** The pod that got the target's address last. */
function podOf(pods: readonly PodLife[], target: string, at: number): PodLife | undefined {
  const address = target.slice(0, target.lastIndexOf(':'));
  const born = pods.filter((pod) => pod.address === address && pod.createdAt <= at);
  return born.toSorted((a, b) => a.createdAt - b.createdAt).at(-1);
}

type PodAt = (at: number) => PodLife | undefined;

function tooSoon({ at }: Move, podAt: PodAt): string | undefined {
  const pod = podAt(at);
  if (pod === undefined) return 'deregistered, and no pod is known to have had its address';
  // Nobody knows of a pod that was not looked for afterwards.
  const stayed = pod.deletedAt === undefined ? pod.seenAt > at : pod.deletedAt > at;
  return stayed ? `deregistered while pod ${pod.name} was not being deleted` : undefined;
}

function onceMore({ at }: Move, out: Move | undefined, podAt: PodAt): string | undefined {
  const pod = podAt(at);
  const isSame = out !== undefined && pod !== undefined && podAt(out.at) === pod;
  return isSame ? `registered once more for pod ${pod.name}` : undefined;
}
