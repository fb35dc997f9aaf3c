import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type Commands, runCommand } from '../../src/cli/command.ts';
import { completionOf } from '../../src/cli/completion.ts';

const COMMANDS: Commands = {
  doctor: () => import('../../src/cli/doctor.ts'),
  explain: () => import('../../src/cli/explain.ts'),
  iam: () => import('../../src/cli/iam.ts'),
  plan: () => import('../../src/cli/plan.ts'),
  run: () => import('../../src/cli/run.ts'),
  completion: async () => ({ command: completionOf(COMMANDS) }),
};

async function run(args: string[], program?: string): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(...line.split('\n'));
  const terminal = { env: {}, out: print, tell: print, signal: new AbortController().signal };
  return { code: await runCommand(COMMANDS, args, { ...terminal, ...(program && { program }) }), lines };
}

/** What bash offers for the last of these words. */
async function offered(...words: string[]): Promise<string[]> {
  const { lines } = await run(['completion', 'bash']);
  const ask = [`COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`, `COMP_CWORD=${words.length - 1}`];
  const script = [...lines, ...ask, '_podwire', 'printf "%s\\n" "${COMPREPLY[@]}"'].join('\n');
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).trim().split('\n');
}

describe('completion', () => {
  test('R16: bash offers commands, words, flags and values', { timeout: 60_000 }, async () => {
    expect(await offered('podwire', 'ex')).toEqual(['explain']);
    expect(await offered('podwire', 'doc')).toEqual(['doctor']);
    expect(await offered('podwire', 'doctor', '--no-a')).toEqual(['--no-aws']);
    expect(await offered('podwire', 'explain', 'i')).toEqual(['ingress/']);
    expect(await offered('podwire', 'explain', '--na')).toEqual(['--namespace']);
    expect(await offered('podwire', 'explain', 'pod/x', '-o', '')).toEqual(['text', 'json']);
    expect(await offered('podwire', 'plan', '--rec')).toEqual(['--record']);
    expect(await offered('podwire', 'iam', '--partition', 'aws-c')).toEqual(['aws-cn']);
    expect(await offered('podwire', 'run', '--cluster-')).toEqual(['--cluster-name']);
    expect(await offered('kubectl-podwire', 'completion', '')).toEqual(['bash', 'zsh', 'fish', '--help']);
    expect(await offered('podwire', 'explain', '--kubeconfig', 'package.j')).toEqual(['package.json']);
  });

  test.each(['bash', 'zsh', 'fish'])('%s knows every flag of every command', async (shell) => {
    const { code, lines } = await run(['completion', shell]);
    expect(code).toBe(0);
    for (const [name, load] of Object.entries(COMMANDS)) {
      expect(lines.join('\n')).toContain(name);
      for (const flag of Object.keys((await load()).command.options ?? {}))
        expect(lines.some((line) => line.includes(name) && new RegExp(`(--|-l )${flag}( |$)`).test(line))).toBe(true);
    }
  });

  test('another shell is refused with the nearest name', async () => {
    expect(await run(['completion', 'fihs'])).toEqual({
      code: 2,
      lines: ['completion: wanted bash, zsh or fish, given fihs; did you mean fish?'],
    });
  });
});

describe('the kubectl plugin', () => {
  test('R16: help names the command as it was called', async () => {
    const { lines } = await run(['explain', '--help'], 'kubectl podwire');
    const named = lines.filter((line) => line.includes('podwire explain'));
    expect(named.length).toBeGreaterThan(2);
    for (const line of named) expect(line).toContain('kubectl podwire explain');
  });
});
