import type { Problem } from './stack.ts';

/** A problem without its severity: what it is called, where it is, what was wanted and given. */
export type Finding = Omit<Problem, 'severity'>;

/** What is refused is not served. */
export const refused = (finding: Finding): Problem => ({ severity: 'refused', ...finding });
/** What is warned of is served all the same. */
export const warning = (finding: Finding): Problem => ({ severity: 'warning', ...finding });

/** Whether one of them refuses. */
export const isRefused = (problems: readonly Problem[]): boolean =>
  problems.some(({ severity }) => severity === 'refused');

/** Each problem once, in the order of their first appearance. */
export const distinct = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
