import { FINDINGS, LINKS } from '../../src/model/explain/findings.ts';
import { code, tableOf } from './markdown.ts';

/** What can be wrong on the way, in the order of the way. */
export const findingsTable = (): string =>
  tableOf(
    ['link', 'reason', '', 'what to do'],
    LINKS.flatMap((link) =>
      Object.entries(FINDINGS)
        .filter(([, row]) => row.link === link)
        .map(([reason, { severity, next }]) => [link, code(reason), severity, next]),
    ),
  );
