import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readConfigFile } from '../../src/settings/config-file.ts';
import { checkConfigFile } from '../../src/settings/settings.ts';
import { fileWith, HEAD } from './file.ts';

/** Everything that is wrong with a text, its path left out. */
function problemsOf(text: string): string[] {
  const path = fileWith(text);
  return checkConfigFile(path).map((problem) => problem.replace(path, 'FILE'));
}

describe('config file', () => {
  test('each value has the line that it stands on', () => {
    const path = fileWith(`# ours\n${HEAD}\nworkers: 3\n"logLevel": debug\ndefaultTags:\n  workers: a\nregion: x\n`);
    expect(readConfigFile(path, [])).toEqual({
      workers: { value: 3, origin: `${path}:5`, subject: `${path}:5: workers` },
      logLevel: { value: 'debug', origin: `${path}:6`, subject: `${path}:6: logLevel` },
      defaultTags: { value: { workers: 'a' }, origin: `${path}:7`, subject: `${path}:7: defaultTags` },
      region: { value: 'x', origin: `${path}:9`, subject: `${path}:9: region` },
    });
  });

  it('H1: an unknown key is refused, with the nearest name', () => {
    expect(problemsOf(`${HEAD}workrs: 3\nlog-level: info\nreplicaCount: 2\nconstructor: 1\n__proto__: 1\n`)).toEqual([
      'FILE:3: unknown key "workrs"; did you mean workers?',
      'FILE:4: unknown key "log-level"; did you mean logLevel?',
      'FILE:5: unknown key "replicaCount"',
      'FILE:6: unknown key "constructor"',
      'FILE:7: unknown key "__proto__"',
    ]);
  });

  it('R1: all wrong values are told at once, with what was wanted and given', () => {
    const wrong = [
      'workers: "16"',
      'logLevel: loud',
      'takeOver: yes please',
      'clusterName: 5',
      'drainHoldSeconds: .inf',
      'region:',
      'defaultTags: {team: 5}',
      'routableCidrs: [10.8.0.0/33, [1], {}]',
    ];
    expect(problemsOf(HEAD + wrong.join('\n'))).toEqual([
      'FILE:3: workers: wanted a whole number above 0, at most 1000000, given "16"',
      'FILE:4: logLevel: wanted trace or debug or info or warn or error, given "loud"',
      'FILE:5: takeOver: wanted true or false, given "yes please"',
      'FILE:6: clusterName: wanted text, given 5',
      'FILE:7: drainHoldSeconds: wanted seconds, 0 or more, at most 1000000, or auto, given Infinity',
      'FILE:8: region: wanted text, given nothing',
      'FILE:9: defaultTags: wanted a map of texts, or the text k=v,k=v, given {team: 5}',
      'FILE:10: routableCidrs: wanted a list of ranges like 10.8.0.0/16, or the text 10.8.0.0/16,10.9.0.0/16, given ["10.8.0.0/33", …, …]',
    ]);
  });

  test('lists and maps are written in YAML or as the text of the flag', () => {
    const path = fileWith(`${HEAD}defaultTags: a=b, c=d=e\nroutableCidrs:\n- 10.8.0.0/16\n- fd00::/8\n`);
    expect(readConfigFile(path, [])).toMatchObject({
      defaultTags: { value: { a: 'b', c: 'd=e' } },
      routableCidrs: { value: ['10.8.0.0/16', 'fd00::/8'] },
    });
  });

  test.each([
    ['a key twice', `${HEAD}workers: 1\nregion: x\nworkers: 2\n`, ['FILE:5: duplicated mapping key: "workers: 2"']],
    [
      'another kind',
      'apiVersion: podwire.dev/v1alpha1\nkind: Podwire\nspec: {}\n',
      ['FILE: kind: wanted ControllerConfiguration, given "Podwire"'],
    ],
    [
      'no head',
      'workers: 3\n',
      [
        'FILE: apiVersion: wanted podwire.dev/v1alpha1, given nothing',
        'FILE: kind: wanted ControllerConfiguration, given nothing',
      ],
    ],
    [
      'no map',
      '- workers: 3\n',
      ['FILE: wanted apiVersion: podwire.dev/v1alpha1, kind: ControllerConfiguration and settings, given […]'],
    ],
    ['nothing', '', ['FILE: expected a document, but the input is empty']],
    ['two documents', `${HEAD}---\n${HEAD}`, ['FILE: expected a single document in the stream, but found more']],
    ['no YAML', `${HEAD}workers: "\n`, ['FILE:4: deficient indentation: ""']],
  ])('%s is refused', (_, text, problems) => expect(problemsOf(text)).toEqual(problems));

  test('a file that cannot be read is named', () => {
    const path = join(dirname(fileWith('')), 'nowhere.yaml');
    expect(checkConfigFile(path)).toEqual([`${path}: cannot be read: ENOENT: no such file or directory`]);
    expect(checkConfigFile(dirname(path))).toEqual([
      `${dirname(path)}: cannot be read: EISDIR: illegal operation on a directory`,
    ]);
  });

  test('a value that YAML repeats without end is told in a short sentence', () => {
    const bomb = ['a0: &a0 [x, x]', ...Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`)];
    const problems = problemsOf(
      `${HEAD}${bomb.join('\n')}\nregion: *a30\nvpcId: "${'x'.repeat(9)}"\nworkers: ${'"y'.repeat(1)}${'y'.repeat(1e6)}"\n`,
    );
    expect(problems.every((problem) => problem.length < 300)).toBe(true);
    expect(problems).toContainEqual(expect.stringContaining('region: wanted text, given […, …]'));
  });

  test('no text makes it throw', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('workers: 3', '? [1]', '&a', '*a', '- x', '"', '{', '!!binary x', '---', '<<: 1'),
    );
    const texts = fc.tuple(fc.boolean(), fc.array(line, { maxLength: 5 }));
    const property = fc.property(texts, ([head, lines]) => {
      expect(problemsOf((head ? HEAD : '') + lines.join('\n'))).toBeInstanceOf(Array);
    });
    fc.assert(property, { numRuns: 100 });
  });
});
