import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findTools, HELM_TOOLS } from '../../scripts/tool-cache.ts';
import type { Command } from '../../src/cli/command.ts';
import { completionOf } from '../../src/cli/completion.ts';
import { helm } from '../chart/helm.ts';
import { describeWith } from '../tools.ts';
import { type CommandLine, commandLinesOf, shownCommands } from './command-lines.ts';
import { documents, spansOf } from './documents.ts';

const COMMANDS: Record<string, Command> = {
  run: (await import('../../src/cli/run.ts')).command,
  local: (await import('../../src/cli/local.ts')).command,
  demo: (await import('../../src/cli/demo.ts')).command,
  config: (await import('../../src/cli/config.ts')).command,
  explain: (await import('../../src/cli/explain.ts')).command,
  plan: (await import('../../src/cli/plan.ts')).command,
  doctor: (await import('../../src/cli/doctor.ts')).command,
  iam: (await import('../../src/cli/iam.ts')).command,
  release: (await import('../../src/cli/release.ts')).command,
  version: (await import('../../src/cli/version.ts')).command,
  completion: completionOf({}),
};
/** Commands that take the flags of `podwire run` beside their own. */
const WITH_SETTINGS = ['run', 'config', 'doctor', 'plan'];

type Problem = string;

const flagsOf = (name: string): Map<string, { takes: boolean; values: readonly string[] }> => {
  const { options = {}, values = {} } = COMMANDS[name] as Command;
  const settings = WITH_SETTINGS.includes(name) ? COMMANDS['run']?.options : {};
  return new Map(
    Object.entries({ ...settings, ...options }).flatMap(([flag, { type, short }]) => {
      const said = { takes: type === 'string', values: values[flag] ?? [] };
      return [[`--${flag}`, said] as const, ...(short === undefined ? [] : [[`-${short}`, said] as const])];
    }),
  );
};

/** A word in capitals stands for another one. */
const isPlaceholder = (word: string): boolean => /^[A-Z_,]+$/.test(word);

function problemsOfPodwire({ at, words: [, name = '', ...rest] }: CommandLine): Problem[] {
  if (name === '' || name.startsWith('-')) return [];
  if (COMMANDS[name] === undefined) return [`${at}: there is no podwire ${name}`];
  const flags = flagsOf(name);
  return rest.flatMap((word, index) => {
    if (!word.startsWith('-')) return [];
    const [flag = '', inline] = word.split('=');
    const known = flags.get(flag);
    if (known === undefined) return [`${at}: podwire ${name} has no flag ${flag}`];
    const given = known.takes ? (inline ?? rest[index + 1] ?? '').split(/[|,]/) : [];
    const wrong =
      known.values.length === 0 ? [] : given.filter((one) => !isPlaceholder(one) && !known.values.includes(one));
    return wrong.map((one) => `${at}: podwire ${name} ${flag} takes ${known.values.join(', ')}; shown ${one}`);
  });
}

const SCRIPTS = Object.keys((JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts);
const OF_NPM = ['ci', 'test', 'install', 'link', 'run', 'ls', 'audit', 'sbom'];

function problemsOfNpm({ at, words: [, verb = '', script = ''] }: CommandLine): Problem[] {
  if (!OF_NPM.includes(verb)) return [`${at}: npm ${verb} is not one of ${OF_NPM.join(', ')}`];
  return verb === 'run' && !SCRIPTS.includes(script) ? [`${at}: there is no npm run ${script}`] : [];
}

type Schema = { properties?: Record<string, Schema>; additionalProperties?: boolean | Schema; type?: unknown };
const VALUES = JSON.parse(readFileSync('charts/podwire/values.schema.json', 'utf8')) as Schema;

/** Whether the chart has a value of that path. */
function hasValue(path: string, schema: Schema = VALUES): boolean {
  const [first = '', ...rest] = path.split('.');
  const below = schema.properties?.[first] ?? schema.additionalProperties;
  if (below === undefined) return schema.properties === undefined;
  if (typeof below === 'boolean') return below;
  return rest.length === 0 || hasValue(rest.join('.'), below);
}

const OF_HELM = 'get history install lint list pull rollback show status template test uninstall upgrade verify'.split(
  ' ',
);

function problemsOfHelm({ at, words }: CommandLine): Problem[] {
  const verb = words[1] ?? '';
  if (verb.startsWith('-')) return [];
  if (!OF_HELM.includes(verb)) return [`${at}: helm ${verb} is not one of ${OF_HELM.join(', ')}`];
  const set = words.flatMap((word, index) =>
    /^--set(-string|-json|-file)?$/.test(word) ? [words[index + 1] ?? ''] : [],
  );
  const paths = set.map((value) => value.split('=')[0]?.replaceAll(/\[\d+\]/g, '') ?? '');
  return paths.filter((path) => !hasValue(path)).map((path) => `${at}: the chart has no value ${path}`);
}

const OF: Record<string, (line: CommandLine) => Problem[]> = {
  podwire: problemsOfPodwire,
  npm: problemsOfNpm,
  helm: problemsOfHelm,
};

const problemsOf = (lines: CommandLine[]): Problem[] => lines.flatMap((line) => OF[line.words[0] ?? '']?.(line) ?? []);

const shown = (text: string): CommandLine[] => commandLinesOf({ file: 'x.md', line: 1, language: 'sh', text });

describe('R18: the commands of the documents', () => {
  test('R18: have names, flags, words and values that there are', () => {
    const lines = shownCommands();
    expect(new Set(lines.map(({ words }) => words[0]))).toEqual(new Set(['podwire', 'npm', 'helm']));
    expect(problemsOf(lines)).toEqual([]);
  });

  test('R18: control: one that is wrong is found', () => {
    expect(problemsOf(shown('$ podwire explian ingress/x'))).toHaveLength(1);
    expect(problemsOf(shown('podwire iam --cluster demo'))).toHaveLength(1);
    expect(problemsOf(shown('podwire iam --cluster-name demo \\\n  -o hcl > x.tf'))).toHaveLength(1);
    expect(problemsOf(shown('npm ci && npm run dmeo'))).toHaveLength(1);
    expect(problemsOf(shown('helm upgrade podwire charts/podwire --set config.logLevle=debug'))).toHaveLength(1);
    expect(problemsOf(shown('helm upgrade podwire charts/podwire --set config.logLevel=debug'))).toEqual([]);
  });

  test('R18: a flag that is named alone is one of podwire, or of a program that is known', () => {
    const known = new Set([...Object.keys(COMMANDS).flatMap((name) => [...flagsOf(name).keys()]), ...ELSEWHERE]);
    const named = documents()
      .flatMap(spansOf)
      .filter(({ text }) => /^--[a-z]/.test(text));
    expect(named.length).toBeGreaterThan(0);
    const unknown = named.flatMap(({ file, line, text }) =>
      (text.match(/(?<=^|\s)--[a-z][a-z-]*/g) ?? [])
        .filter((flag) => !known.has(flag))
        .map((flag) => `${file}:${line}: ${flag}`),
    );
    expect(unknown).toEqual([]);
  });
});

/** Flags of kubectl and of our scripts that a sentence names without their program. */
const ELSEWHERE = [
  ...['--grace-period', '--connect-to', '--predicate-type'],
  ...['--permission', '--allow-fs-read', '--disallow-code-generation-from-strings', '--frozen-intrinsics'],
];

describeWith(HELM_TOOLS, 'R18: the flags of helm', () => {
  test.each(HELM_TOOLS)('R18: that the documents show are those of %s', { timeout: 60_000 }, async (name) => {
    expect(findTools([name])).toHaveProperty('paths');
    const lines = shownCommands().filter(({ words }) => words[0] === 'helm' && !words[1]?.startsWith('-'));
    const verbs = [...new Set(lines.map(({ words }) => words[1] ?? ''))];
    const help = new Map<string, string>();
    for (const verb of verbs) help.set(verb, await helm(name, [verb, '--help']));
    const unknown = lines.flatMap(({ at, words: [, verb = '', ...rest] }) =>
      rest
        .map((word) => word.split('=')[0] ?? '')
        .filter((word) => word.startsWith('-') && !new RegExp(`(^|\\s)${word}\\b`, 'm').test(help.get(verb) ?? ''))
        .map((word) => `${at}: ${name} ${verb} has no flag ${word}`),
    );
    expect(unknown).toEqual([]);
  });
});
