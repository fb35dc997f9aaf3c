import { describe, expect, test } from 'vitest';
import { type Command, runCommand, type Terminal } from '../../src/cli/command.ts';
import { readWords } from '../../src/cli/words.ts';

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  namespace: { type: 'string', short: 'n' },
  all: { type: 'boolean' },
} as const;

const read = (...args: string[]) => readWords(args, { command: 'show', options: OPTIONS, words: true });

/** What a person sees of a command line: exit code, output, and what is told besides. */
async function seen(...args: string[]): Promise<{ code: number; out: string; told: string }> {
  const lines: { out: string[]; told: string[] } = { out: [], told: [] };
  const terminal: Terminal = {
    env: {},
    out: (line) => void lines.out.push(line),
    tell: (line) => void lines.told.push(line),
    signal: new AbortController().signal,
  };
  const code = await runCommand(COMMANDS, args, terminal);
  return { code, out: lines.out.join('\n'), told: lines.told.join('\n') };
}

const show: Command = {
  summary: 'Shows.',
  usage: 'podwire show [--all]',
  examples: ['podwire show --all'],
  async run(args, { out }) {
    const { values } = readWords(args, { command: 'show', options: OPTIONS });
    out(JSON.stringify(values));
    return 0;
  },
};
const version: Command = { ...show, summary: 'Says which.', run: async (_, { out }) => (out('1.2.3'), 0) };
const COMMANDS = { show: async () => ({ command: show }), version: async () => ({ command: version }) };

describe('R20: words of a command', () => {
  test('R20: are read in every way in which they can be written', () => {
    expect(read('-n', 'shop', '--output=json', '--all', 'ingress/a')).toMatchObject({
      values: { namespace: 'shop', output: 'json', all: true },
      positionals: ['ingress/a'],
    });
  });

  test.each([
    [['--ouput', 'json'], 'show: unknown flag --ouput; did you mean --output?'],
    [['-x'], 'show: unknown flag -x'],
    [['-n'], '-n: wanted a value, given none'],
    [['--output'], '--output: wanted a value, given none'],
    [['-n', '--all'], '-n: wanted a value, given --all'],
    [['--all=yes'], '--all: wanted no value, given yes'],
  ])('R20: %j is told in one line', (args, told) => {
    expect(() => read(...args)).toThrow(told);
  });

  test('R20: what cannot be understood ends with 2, one line and no stack', async () => {
    expect(await seen('show', 'extra')).toEqual({ code: 2, out: '', told: 'show: wanted flags only, given extra' });
    expect(await seen('show', '--al')).toMatchObject({ code: 2, told: 'show: unknown flag --al; did you mean --all?' });
    expect(await seen('show', '--all')).toEqual({ code: 0, out: '{"all":true}', told: '' });
  });

  test.each([
    ['show', '--help'],
    ['show', '-h'],
    ['help', 'show'],
    ['--help', 'show'],
  ])('R20: %s %s shows how it is called, with examples', async (...args) => {
    const { code, out } = await seen(...args);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'Shows.\n\n  podwire show [--all]\n\nExamples:\n  podwire show --all',
    });
  });

  test.each([[[]], [['help']], [['--help']], [['-h']]])('R20: %j lists the commands', async (args) => {
    const { code, out } = await seen(...args);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^Wires AWS load balancers.*\n\n {2}podwire COMMAND …\n\n {2}show {5}Shows\.\n {2}version {2}Says/,
    );
  });

  test('R20: --version is version', async () => {
    expect(await seen('--version')).toMatchObject({ code: 0, out: '1.2.3' });
  });
});
