import { expect, test } from 'vitest';
import type { HistoryLine, StateEntry } from '../../src/local/aws/history.ts';
import type { PodLife } from './pod-lives.ts';
import { wrongMoves } from './target-moves.ts';

const line = (...states: [at: number, state: StateEntry['state'], reason?: string][]): HistoryLine => ({
  targetGroupArn: 'arn',
  targetGroup: 'web',
  target: '10.0.1.3:8080',
  states: states.map(([at, state, reason]) => ({ at, state, ...(reason !== undefined && { reason }) })),
  nodes: [],
});
const life = (name: string, createdAt: number, deletedAt?: number): PodLife => ({
  name,
  address: '10.0.1.3',
  createdAt,
  seenAt: 200,
  ...(deletedAt !== undefined && { deletedAt }),
});
const GONE = 'Target.NotRegistered';
const REPLACED = line(
  [10, 'initial'],
  [20, 'healthy'],
  [60, 'draining'],
  [90, 'unused', GONE],
  [110, 'initial'],
  [120, 'healthy'],
);

test('a target that leaves after its pod was deleted, and comes again with another pod, is in order', () => {
  expect(wrongMoves([REPLACED], [life('a', 0, 50), life('b', 100)], 0)).toEqual([]);
});

test('health that changes meanwhile is no move', () => {
  const sick = line([10, 'unused', 'Target.NotInUse'], [20, 'initial'], [30, 'unhealthy'], [40, 'healthy']);
  expect(wrongMoves([sick], [life('a', 0)], 0)).toEqual([]);
});

test.each([
  ['is not deleted', life('a', 0)],
  ['is deleted later', life('a', 0, 70)],
])('a target is taken out too soon whose pod %s', (_, pod) => {
  const wrong = 'target 10.0.1.3:8080 was deregistered while pod a was not being deleted';
  expect(wrongMoves([line([10, 'initial'], [60, 'draining'])], [pod], 0)).toEqual([wrong]);
  expect(wrongMoves([line([10, 'initial'], [60, 'unused', GONE])], [pod], 0)).toEqual([wrong]);
});

test('whether a pod stayed that was not looked for afterwards, nobody knows', () => {
  const unseen = { ...life('a', 0), seenAt: 59 };
  expect(wrongMoves([line([10, 'initial'], [60, 'draining'])], [unseen], 0)).toEqual([]);
});

test('a target that comes again for the same pod flaps', () => {
  const flap = line([10, 'initial'], [60, 'draining'], [65, 'initial']);
  expect(wrongMoves([flap], [life('a', 0, 50)], 0)).toEqual([
    'target 10.0.1.3:8080 was registered once more for pod a',
  ]);
});

test('a target that nobody knows a pod of is told, and what happened before is not', () => {
  expect(wrongMoves([REPLACED], [], 0)).toEqual([
    'target 10.0.1.3:8080 was deregistered, and no pod is known to have had its address',
  ]);
  expect(wrongMoves([REPLACED], [], 100)).toEqual([]);
});
