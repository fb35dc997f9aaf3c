import { expectedLines, HEAD, measure, ROWS } from './table.ts';

// npm run iam-table [-- ACTION…]: what still works with one right less. Exits 1 where that is not what was expected.
const asked = process.argv.slice(2);
const unknown = asked.filter((action) => !ROWS.includes(action));
if (unknown.length > 0) throw new Error(`wanted actions of the policy, given ${unknown.join(', ')}`);

const expected = expectedLines();
const missing = ROWS.filter((row) => !expected.has(row));
const surplus = [...expected.keys()].filter((row) => !ROWS.includes(row));
const wrong = [
  ...missing.map((row) => `no line of ${row} in test/iam/expected.txt`),
  ...surplus.map((row) => `${row} in test/iam/expected.txt is no action of the policy`),
];

console.log(HEAD);
for (const row of asked.length > 0 ? asked : ROWS) {
  const measured = await measure(row);
  const wanted = expected.get(row);
  console.log(measured);
  if (wanted === undefined || wanted === measured) continue;
  console.log(wanted.replace(row, 'expected'.padEnd(row.length)));
  wrong.push(`${row} is not as expected`);
}
for (const line of wrong) console.error(line);
console.log(wrong.length === 0 ? 'as expected' : `${wrong.length} differences`);
process.exit(wrong.length === 0 ? 0 : 1);
