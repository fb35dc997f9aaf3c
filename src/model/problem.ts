import type { Problem } from './stack.ts';

/** A problem without its severity: what it is called, where it is, what was wanted and given. */
export type Finding = Omit<Problem, 'severity'>;

/** An annotation may be 256 KiB long; an Event takes 1 KiB, and a condition is to be read. */
const LONGEST = 1_000;

const told = ({ message, ...finding }: Finding): Finding => ({
  ...finding,
  message:
    message.length <= LONGEST ? message : `${message.slice(0, LONGEST).toWellFormed()}… (${message.length} characters)`,
});

/** What is refused is not served. */
export const refused = (finding: Finding): Problem => ({ severity: 'refused', ...told(finding) });
/** What is warned of is served all the same. */
export const warning = (finding: Finding): Problem => ({ severity: 'warning', ...told(finding) });

/** Whether one of them refuses. */
export const isRefused = (problems: readonly Problem[]): boolean =>
  problems.some(({ severity }) => severity === 'refused');

/** Each problem once, in the order of their first appearance. */
export const distinct = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
