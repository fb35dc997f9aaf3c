import { readFileSync } from 'node:fs';
import { RIGHTS } from '../../src/aws/rights.ts';
import { COLUMNS } from './columns.ts';
import { change, openStage, withhold } from './stage.ts';

const NAMES = Object.keys(COLUMNS);
/** The row of an operator that has every right. */
export const WHOLE = 'nothing removed';

/** The rows of the table, in its order. */
export const ROWS: readonly string[] = [WHOLE, ...new Set(RIGHTS.map(({ action }) => action).toSorted())];

const WIDTH = Math.max(...ROWS.map((row) => row.length));

const line = (name: string, cells: readonly string[]): string =>
  [name.padEnd(WIDTH), ...cells.map((cell, index) => cell.padEnd(NAMES[index]?.length ?? 0))].join(' ').trimEnd();

export const HEAD = line('without', NAMES);

/** What an operator without one action does of everything it has to: one line of the table. */
export async function measure(action: string): Promise<string> {
  const stage = await openStage();
  if (action !== WHOLE) withhold(stage.world, action);
  await change(stage.world);
  const cells = [];
  for (const { works } of Object.values(COLUMNS)) cells.push((await works(stage)) ? 'yes' : 'no');
  stage.world.kill();
  return line(action, cells);
}

/** The lines that were written down before anything was tried, by their action. */
export function expectedLines(): Map<string, string> {
  const lines = readFileSync(new URL('expected.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const head = lines.shift();
  if (head !== HEAD) throw new Error(`test/iam/expected.txt: wanted the columns ${HEAD}, given ${head}`);
  return new Map(lines.map((each) => [each.slice(0, WIDTH).trimEnd(), each]));
}
