import type { FaultCase } from './cases.ts';
import type { Said } from './fault-world.ts';

/** One row of the table. */
export type Verdict = { id: string; expected: string[]; given: string[]; ok: boolean };

/** Whether explain begins with the lines expected of the case, and exits as it should. */
export function verdictOf(
  { id, exits = 1 }: FaultCase,
  { said, expected }: { said: Said; expected: string[] },
): Verdict {
  const given = said.lines.slice(0, Math.max(1, expected.length));
  const same = expected.length > 0 && expected.every((line, at) => line === given[at]);
  const exit = said.code === exits ? [] : [`exit code ${said.code}, wanted ${exits}`];
  return { id, expected, given: [...given, ...exit], ok: same && exit.length === 0 };
}

const WIDTH = 22;

/** The fault, what was expected and what was given; where both are the same, once. */
export function tableOf(verdicts: readonly Verdict[]): string[] {
  const rows = verdicts.flatMap(({ id, expected, given, ok }) => {
    const told = ok ? given.map((line) => `  ok        ${line}`) : differing(expected, given);
    return told.map((line, at) => `${(at === 0 ? id : '').padEnd(WIDTH)}${line}`);
  });
  const good = verdicts.filter(({ ok }) => ok).length;
  return [
    `${'fault'.padEnd(WIDTH)}            first line of podwire explain`,
    ...rows,
    `${good} of ${verdicts.length} as expected`,
  ];
}

const differing = (expected: string[], given: string[]): string[] => [
  ...expected.map((line) => `  expected  ${line}`),
  ...given.map((line) => `  GIVEN     ${line}`),
];
