import { parseArgs } from 'node:util';
import { realClock } from '../../src/runtime/clock.ts';
import { CASES, type FaultCase } from './cases.ts';
import { blank, readExpected } from './expected.ts';
import { FaultWorld, type Said } from './fault-world.ts';
import { tableOf, type Verdict, verdictOf } from './verdict.ts';

const USAGE = `usage: npm run faults -- [--only ID]...

  Makes every fault of test/faults/cases.ts in local AWS and a local cluster, asks podwire explain, and compares
  its first line with test/faults/expected.txt; of two faults at once its first two lines.`;

const options = { only: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } } as const;

process.exit(await main());

async function main(): Promise<number> {
  const { only = [], help = false } = parseArgs({ options }).values;
  const unknown = only.filter((id) => CASES.every((one) => one.id !== id));
  if (help || unknown.length > 0) {
    if (unknown.length > 0) console.error(`no fault ${unknown.join(', ')}`);
    console.error(USAGE);
    return help ? 0 : 2;
  }
  const began = realClock.monotonic();
  const verdicts = await play(CASES.filter(({ id }) => only.length === 0 || only.includes(id)));
  for (const line of tableOf(verdicts)) console.log(line);
  console.log(`${verdicts.length} cases in ${Math.round((realClock.monotonic() - began) / 1_000)} s`);
  return verdicts.every(({ ok }) => ok) ? 0 : 1;
}

function tell(line: string): void {
  console.error(line);
}

async function play(cases: FaultCase[]): Promise<Verdict[]> {
  const world = await FaultWorld.open((line) => tell(`starting ${line}`));
  // The SDK looks there, as it does for everybody who runs the command.
  process.env['AWS_ENDPOINT_URL'] = world.local.aws.url;
  process.env['AWS_ACCESS_KEY_ID'] ??= 'administrator';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'administrator';
  try {
    const said = await sayAll(world, cases);
    const expected = readExpected();
    return cases.map((one) =>
      verdictOf(one, { said: blanked(said.get(one.id)), expected: expected.get(one.id) ?? [] }),
    );
  } finally {
    await world.close();
  }
}

function blanked({ lines, code }: Said = { lines: [], code: -1 }): Said {
  return { lines: lines.map(blank), code };
}

async function sayAll(world: FaultWorld, cases: FaultCase[]): Promise<Map<string, Said>> {
  const said = new Map<string, Said>();
  const note = async (one: FaultCase): Promise<void> => {
    const given = await world.settled(one);
    said.set(one.id, given);
    tell(`${one.id}: ${given.lines[0] ?? ''}`);
  };
  const usual = cases.filter(({ alone }) => alone === undefined);
  tell(`making ${usual.length} faults`);
  for (const one of usual) await world.make(one);
  for (const one of usual.filter(({ later }) => later !== undefined)) {
    await note({ ...one, id: one.id });
    for (const object of one.later ?? []) await world.put(one.id, object);
  }
  for (const one of usual.filter(({ byHand }) => byHand === undefined)) await note(one);
  for (const one of cases.filter(({ alone }) => alone !== undefined)) {
    await one.alone?.begin(world.administrator);
    await world.make(one);
    await note(one);
    await one.alone?.end(world.administrator);
  }
  const byHand = usual.filter((one) => one.byHand !== undefined);
  for (const one of byHand) await note(one);
  await world.local.operator.stop();
  for (const one of byHand) await one.byHand?.(world.administrator, one.id.replaceAll('+', '-'));
  for (const one of byHand) await note(one);
  return said;
}
