import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { shippedFile } from '../../src/local/package-root.ts';
import { CASES } from './cases/cases.ts';
import type { ProofCase } from './case.ts';
import { Prover } from './prover.ts';
import { printMarkdown, printReport, type Report, rowOf } from './report.ts';
import { Results } from './results.ts';
import { FULL, SHORT } from './scale.ts';

const DIR = '.prove';
const SHORT_DIR = join(DIR, 'short');
const USAGE = `usage: npm run prove -- [--short] [--case N]... [--again] [--tries N] [--dir DIR] [--report FILE] [--markdown FILE]

  --short     ten cases and six controls, with every lag, delay, budget and sleep divided by five
  --case N    only these, with --short also one that is not among the ten; what was measured before in the same folder stays in the table
  --again     measures anew what has been measured before in the same folder
  --tries N   measures a case that fails up to N times, and tells of every try (default: 1)
  --dir DIR   where a file and a page of each case go (default: .prove, with --short .prove/short)`;

const options = {
  short: { type: 'boolean', default: false },
  case: { type: 'string', multiple: true },
  again: { type: 'boolean', default: false },
  tries: { type: 'string', default: '1' },
  dir: { type: 'string' },
  report: { type: 'string' },
  markdown: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

process.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const { case: given = [] } = values;
  const unknown = given.filter((number) => CASES.every((one) => String(one.case) !== number));
  if (values.help || unknown.length > 0) {
    if (unknown.length > 0) console.error(`no case ${unknown.join(', ')}: wanted 1 to ${CASES.length}`);
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const report = await prove({ ...values, tries: Number(values.tries), chosen: given.map(Number) });
  console.log(printReport(report));
  if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report, null, 2)}\n`);
  if (values.markdown !== undefined) await writeFile(values.markdown, `${printMarkdown(report)}\n`);
  // A machine that stands still says nothing of the operator.
  return report.cases.some(({ verdict }) => verdict === 'fails') ? 1 : 0;
}

type Asked = { short: boolean; again: boolean; tries: number; dir?: string; chosen: number[] };

async function prove({ short, again, tries, dir = short ? SHORT_DIR : DIR, chosen }: Asked): Promise<Report> {
  execFileSync(process.execPath, [shippedFile('scripts', 'build.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const scale = short ? SHORT : FULL;
  const prover = new Prover({ scale, dir, results: new Results(dir), again, tries, tell });
  const wanted = (one: ProofCase): boolean => chosen.length === 0 || chosen.includes(one.case);
  if (chosen.length === 0) await prover.runControls({ models: !short });
  const report: Report = { factor: scale.factor, cases: [] };
  for (const one of CASES.filter((each) => !short || each.short || chosen.includes(each.case)))
    report.cases.push(rowOf(await prover.result(one, wanted(one))));
  for (const line of timesOf(prover.steps)) console.error(line);
  return report;
}

function timesOf(steps: Prover['steps']): string[] {
  const sum = steps.reduce((total, { seconds }) => total + seconds, 0);
  return [...steps, { name: 'together', seconds: sum }].map(
    ({ name, seconds }) => `${String(seconds).padStart(6)} s  ${name}`,
  );
}

function tell(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`);
}
