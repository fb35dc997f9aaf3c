import type { Problem } from './stack.ts';

/** A problem without its severity: what it is called, where it is, what was wanted and given. */
export type Finding = Omit<Problem, 'severity'>;

export const refused = (finding: Finding): Problem => ({ severity: 'refused', ...finding });
export const warning = (finding: Finding): Problem => ({ severity: 'warning', ...finding });

export const isRefused = (problems: readonly Problem[]): boolean =>
  problems.some(({ severity }) => severity === 'refused');

/** Each problem once, in the order of their first appearance. */
export const distinct = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
