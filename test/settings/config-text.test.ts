import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readConfigFile } from '../../src/settings/config-file.ts';
import { configTemplate, effectiveJson, effectiveText, effectiveYaml } from '../../src/settings/config-text.ts';
import { type Effective, readSettings } from '../../src/settings/settings.ts';
import { SETTINGS, type SettingName } from '../../src/settings/table.ts';
import { fileWith, HEAD } from './file.ts';

const REQUIRED = ['--cluster-name', 'shop', '--region', 'eu-central-1', '--vpc-id', 'vpc-1'];

/** What YAML writes in another way than it stands, or reads as more than a letter. */
const LETTERS = Array.from('a1.~ :#-?!&*|>%@`"\'\\{}[],=\n\t\r\0\x1b\x7f\x85\u2028\ufeff\u{1f600}');

function effectiveOf(args: string[], env = {}): Effective {
  const read = readSettings(args, env);
  if ('problems' in read) throw new Error(read.problems.join('; '));
  return read;
}

describe('settings as text', () => {
  it('R1: the effective settings are told with where each comes from', () => {
    const file = fileWith(`${HEAD}logLevel: debug\nworkers: 4\n`);
    const effective = effectiveOf([...REQUIRED, '--config', file, '--workers', '5'], { PODWIRE_INJECT: 'off' });
    expect(effectiveYaml(effective)).toEqual(
      expect.arrayContaining([
        'workers: 5 # flag --workers',
        "inject: 'off' # environment PODWIRE_INJECT",
        `logLevel: debug # ${file}:3`,
        'leaseName: podwire # default',
        '# kubeconfig: # not set',
      ]),
    );
    expect(JSON.parse(effectiveJson(effective))).toMatchObject({
      workers: { value: 5, from: 'flag --workers' },
      logLevel: { value: 'debug', from: `${file}:3` },
      kubeconfig: { value: null, from: 'not set' },
    });
    expect(effectiveText(effective)).toContainEqual(expect.stringMatching(/^workers +flag --workers +5$/));
  });

  test('what is printed in YAML reads back as the same settings', () => {
    const before = effectiveOf(REQUIRED);
    const text = fc.string({ unit: fc.constantFrom(...LETTERS) });
    const tags = fc.dictionary(text.filter(Boolean), text, { maxKeys: 3 });
    const names = text.filter((name) => name.trim() !== '');
    const property = fc.property(names, tags, (clusterName, defaultTags) => {
      const settings = { ...before.settings, clusterName, defaultTags };
      const printed = fileWith(effectiveYaml({ ...before, settings }).join('\n'));
      expect(effectiveOf(['--config', printed]).settings).toEqual(settings);
    });
    fc.assert(property, { numRuns: 60 });
  });

  test('the file with everything has every setting, at its default, and is one that is taken', () => {
    const lines = configTemplate();
    for (const name of Object.keys(SETTINGS)) expect(lines).toContainEqual(expect.stringMatching(`^(# )?${name}:`));
    const problems: string[] = [];
    const file = readConfigFile(fileWith(lines.join('\n')), problems);
    expect(problems).toEqual([]);
    const { settings } = effectiveOf(REQUIRED);
    for (const name of Object.keys(file ?? {}) as SettingName[]) expect(file?.[name]?.value).toEqual(settings[name]);
  });
});
