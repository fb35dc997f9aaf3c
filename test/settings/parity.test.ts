import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { settingsSchema } from '../../src/settings/schema.ts';
import { flagOf, type Kind, type Setting, variablesOf } from '../../src/settings/setting.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { SETTINGS, type SettingName } from '../../src/settings/table.ts';
import { fileWith, HEAD } from './file.ts';

const ROWS = Object.entries<Setting>(SETTINGS) as [SettingName, Setting][];
const REQUIRED = { PODWIRE_CLUSTER_NAME: 'shop', PODWIRE_REGION: 'eu-central-1', PODWIRE_VPC_ID: 'vpc-1' };

const TEXTS: Record<Extract<Kind, string>, string> = {
  string: 'some-text',
  id: 'blue',
  number: '7',
  seconds: '0.5',
  flag: 'true',
  cidrs: '10.8.0.0/16',
  map: 'team=shop',
  address: '127.0.0.1:1',
  addressOrOff: 'off',
};

/** A text that a setting takes. Times of the lease are left at their defaults: they go together. */
function textFor(name: SettingName, { kind, fallback }: Setting): string {
  if (name.startsWith('lease') && kind === 'seconds') return fallback ?? '';
  if (typeof kind === 'string') return TEXTS[kind];
  return 'oneOf' in kind ? (kind.oneOf.at(-1) ?? '') : kind.secondsOr;
}

function valueOf(name: SettingName, args: string[], env = {}): unknown {
  const read = readSettings(args, { ...REQUIRED, ...env });
  if ('problems' in read) throw new Error(read.problems.join('; '));
  return { value: read.settings[name], from: read.origins[name] };
}

describe('every setting', () => {
  it.each(ROWS)(
    'H12: %s is a flag, a variable, a key of the file and of the schema, and in the documentation',
    (name, setting) => {
      const text = textFor(name, setting);
      const [variable = ''] = variablesOf(name, setting);
      const byFlag = valueOf(name, [flagOf(name), text]) as { value: unknown };
      const file = fileWith(`${HEAD}${name}: ${JSON.stringify(byFlag.value)}\n`);
      // Where a file says it the environment may not.
      const without = { [variable]: '' };
      expect(byFlag).toEqual({ value: byFlag.value, from: `flag ${flagOf(name)}` });
      expect(valueOf(name, [], { [variable]: text })).toEqual({ value: byFlag.value, from: `environment ${variable}` });
      expect(valueOf(name, ['--config', file], without)).toEqual({ value: byFlag.value, from: `${file}:3` });
      expect(settingsSchema().properties).toHaveProperty(name);
      const documentation = readFileSync('docs/settings.md', 'utf8').split('\n');
      expect(documentation).toContainEqual(
        expect.stringMatching(`^\\| \`${name}\` \\| \`${flagOf(name)}\` \\| \`${variable}\``),
      );
    },
  );

  // Kubernetes sets such variables in every pod beside a Service whose name begins with podwire.
  test('no variable is one that Kubernetes sets for a Service', () => {
    const variables = ROWS.flatMap(([name, setting]) => variablesOf(name, setting));
    expect(variables.filter((variable) => /_(SERVICE_HOST|SERVICE_PORT.*|PORT|PORT_.*)$/.test(variable))).toEqual([]);
  });
});
