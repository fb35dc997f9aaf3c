import { parseArgs } from 'node:util';
import { realClock } from '../../src/runtime/clock.ts';
import { CASES, type FaultCase } from './cases.ts';
import { blank, readExpected } from './expected.ts';
import { FaultWorld, namespaceOf, type Said } from './fault-world.ts';
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

/** In the order that leaves each alone: what stands by itself, then what concerns everybody, then what the operator would heal. */
async function sayAll(world: FaultWorld, cases: FaultCase[]): Promise<Map<string, Said>> {
  const said = new Map<string, Said>();
  const { administrator } = world;
  const usual = cases.filter(({ alone }) => alone === undefined);
  const note = async (one: FaultCase): Promise<void> => {
    const given = await world.settled(one);
    said.set(one.id, given);
    tell(`${one.id}: ${given.lines[0] ?? ''}`);
  };
  /** One that cannot be made is told as such, and the others go on. */
  const tried = async (one: FaultCase, deed: () => Promise<unknown>): Promise<void> => {
    try {
      await deed();
    } catch (error) {
      said.set(one.id, { lines: [`could not be made: ${String(error)}`], code: -1 });
    }
  };
  const noteAll = async (some: FaultCase[]): Promise<void> => {
    const made = some.filter(({ id }) => said.get(id)?.code !== -1);
    await Promise.all(made.map((one) => tried(one, () => note(one))));
  };
  /** The control: before the fault explain finds none. */
  const spoil = async (one: FaultCase): Promise<void> => {
    const before = said.get(one.id)?.lines[0];
    if (before !== 'serves') throw new Error(`before the fault explain said ${before}`);
    await one.byHand?.(administrator, namespaceOf(one.id));
  };
  tell(`making ${usual.length} faults`);
  // What AWS is to have comes first: the operator asks for security groups once in ten minutes.
  const made = new Map<FaultCase, object[]>();
  for (const one of usual) await tried(one, async () => made.set(one, await one.objects(administrator)));
  for (const [one, objects] of made) await tried(one, () => world.makeOf(one, objects));
  const later = usual.filter((one) => one.later !== undefined);
  await noteAll(later);
  for (const one of later) for (const object of one.later ?? []) await tried(one, () => world.put(one.id, object));
  const byHand = usual.filter((one) => one.byHand !== undefined);
  await noteAll(usual);
  for (const one of cases.filter(({ alone }) => alone !== undefined)) {
    await tried(one, async () => one.alone?.begin(administrator));
    await tried(one, () => world.make(one));
    await noteAll([one]);
    await tried(one, async () => one.alone?.end(administrator));
  }
  await world.local.operator.stop();
  for (const one of byHand) await tried(one, () => spoil(one));
  await noteAll(byHand);
  return said;
}
