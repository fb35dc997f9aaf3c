import { type Finding, LEVELS, type Level } from './finding.ts';

/** How a word of a level is shown: colours belong to the terminal. */
export type Paint = (level: Level, text: string) => string;

const WORD: Record<Level, string> = { failure: 'FAILURE', warning: 'WARNING', skipped: 'skipped', ok: 'ok' };

/** The report for people: the sum first, then what is not well with its cost and the next command, then the rest. */
export function tellFindings(findings: readonly Finding[], paint: Paint = (_, text) => text): string[] {
  const unwell = findings.filter(({ cost }) => cost !== undefined);
  const rest = findings.filter(({ cost }) => cost === undefined);
  return [
    sumOf(findings),
    ...unwell.flatMap((one) => ['', ...tellUnwell(one, paint)]),
    ...(rest.length > 0 ? [''] : []),
    ...rest.map(({ level, check, object, message }) =>
      line([paint(level, WORD[level].padEnd(7)), check, object, message]),
    ),
  ];
}

const line = ([level, check, object, message]: [string, string, string, string]): string =>
  `${level}  ${check.padEnd(15)}  ${object}: ${message}`;

const tellUnwell = ({ level, reason, object, message, check, cost, next }: Finding, paint: Paint): string[] => [
  `${paint(level, WORD[level])}  ${reason}: ${object}: ${message}`,
  `         check  ${check}`,
  `         costs  ${cost}`,
  `         next   ${next}`,
];

function sumOf(findings: readonly Finding[]): string {
  const counts = LEVELS.map((level) => ({ level, count: findings.filter((one) => one.level === level).length }));
  return counts.map(({ level, count }) => `${count} ${NOUN[level]}${count === 1 ? '' : PLURAL[level]}`).join(', ');
}

const NOUN: Record<Level, string> = { failure: 'failure', warning: 'warning', skipped: 'skipped', ok: 'ok' };
const PLURAL: Record<Level, string> = { failure: 's', warning: 's', skipped: '', ok: '' };
