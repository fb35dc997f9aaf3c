import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CONFIG_HEAD, readConfigFile } from '../../src/settings/config-file.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import type { Setting } from '../../src/settings/setting.ts';
import { SETTINGS, type SettingName } from '../../src/settings/table.ts';

// One setting of each kind: what is taken depends on the kind alone.
const NAMES = [
  ...new Map(
    Object.entries<Setting>(SETTINGS).map(([name, { kind }]) => [JSON.stringify(kind), name as SettingName]),
  ).values(),
];
const FILE = join(mkdtempSync(join(tmpdir(), 'podwire-schema-')), 'podwire.yaml');
// Ajv holds the schema itself against draft 7 when it compiles it.
const matches = new Ajv({ strict: true }).compile(settingsSchema());

/** The settings that the parser takes this value for, out of a file in which each of them has it. */
function takenBy(value: unknown): SettingName[] {
  const problems: string[] = [];
  const keys = Object.fromEntries(NAMES.map((name) => [name, value]));
  writeFileSync(FILE, JSON.stringify({ ...CONFIG_HEAD, ...keys }));
  readConfigFile(FILE, problems);
  return NAMES.filter((name) => !problems.some((problem) => problem.startsWith(`${FILE}:1: ${name}: `)));
}

/** Words that some setting takes, and what is nearly that. */
const WORDS = [
  ...Object.values<Setting>(SETTINGS).flatMap(({ kind }) =>
    typeof kind === 'object' && 'oneOf' in kind ? kind.oneOf : [],
  ),
  ...['auto', 'off', 'loud', 'true', '16', '', ' ', ','],
  ...['10.8.0.0/16', '10.8.0.0', '10.8.0.0/33', '256.1.1.1/8', '10.8.0.0/16,10.9.0.0/16', ' 10.8.0.0/16 , fd00::/8 '],
  ...['a=b', 'a=b,c=d', ' a = b , c==d', 'a', '=b', 'a=b,,', 'a=b,c', 'a=,b='],
  ...[':8080', '[::1]:8080', '0.0.0.0:65535', '0.0.0.0:65536', 'host', '::1:8080', '[]:80'],
];

const EXAMPLES = [
  ...WORDS,
  0,
  1,
  0.5,
  1e6,
  1e6 + 1,
  -1,
  true,
  null,
  [],
  ['10.8.0.0/16'],
  [5],
  {},
  { a: 'b' },
  { a: 5 },
];

const word = fc.constantFrom(...WORDS);
const VALUES = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.array(word, { maxLength: 3 }),
  fc.tuple(word, word).map((words) => words.join(',')),
  fc.dictionary(fc.string({ maxLength: 3 }), word, { maxKeys: 3 }),
  fc.jsonValue(),
);

describe('schema of the settings', () => {
  it('R1: takes what the parser takes, and nothing else', () => {
    const taken = new Set<string>();
    const property = fc.property(VALUES, (value: unknown) => {
      const bySchema = NAMES.filter((name) => matches({ [name]: value }));
      expect({ value, taken: bySchema }).toEqual({ value, taken: takenBy(value) });
      for (const name of bySchema) taken.add(name);
    });
    fc.assert(property, { numRuns: 200, examples: EXAMPLES.map((value): [unknown] => [value]) });
    expect([...taken].sort()).toEqual(NAMES.toSorted());
  });

  it('H1: refuses a key that is none', () => {
    expect(matches({ workers: 3 })).toBe(true);
    expect(matches({ workrs: 3 })).toBe(false);
    expect(matches.errors).toMatchObject([{ params: { additionalProperty: 'workrs' } }]);
  });

  test('each default is one that it takes, and each setting says what it does', () => {
    for (const [name, schema] of Object.entries(settingsSchema().properties)) {
      expect([name, !('default' in schema) || matches({ [name]: schema.default })]).toEqual([name, true]);
      expect(schema.description).toMatch(/\.$/);
    }
  });
});
