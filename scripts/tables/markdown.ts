/** A table in Markdown; a column without a heading explains itself. */
export const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [lineOf(head).replaceAll('|  |', '| |'), `|${head.map(() => '---|').join('')}`, ...rows.map(lineOf)].join('\n');

/** The same below a heading. */
export const sectionOf = (title: string, table: string): string => `### ${title}\n\n${table}`;

// A pipe would end the cell, in code too.
const lineOf = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

export const code = (text: string): string => `\`${text}\``;
