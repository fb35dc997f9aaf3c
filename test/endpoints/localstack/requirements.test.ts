import { execFile } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { LOCALSTACK_IMAGE, missingForLocalStack } from './requirements.ts';

const TOKEN = { LOCALSTACK_AUTH_TOKEN: 'ls-secret' };
const found = async () => undefined;
const gone = async () => {
  throw new Error('no runtime');
};

describe('L1: what LocalStack lacks', () => {
  test.each([
    ['nothing', TOKEN, found, []],
    ['the token', {}, found, [/^LOCALSTACK_AUTH_TOKEN is not set/]],
    ['Docker', TOKEN, gone, [/^no Docker answers \(DOCKER_HOST is not set, .*no runtime$/]],
    ['Docker where it was said to be', { ...TOKEN, DOCKER_HOST: 'tcp://127.0.0.1:1' }, gone, [/is tcp:\/\/127/]],
    ['both', { LOCALSTACK_AUTH_TOKEN: '' }, gone, [/^no Docker answers/, /^LOCALSTACK_AUTH_TOKEN is not set/]],
  ])('%s', async (_what, env, findRuntime, lines) => {
    const missing = await missingForLocalStack(env, findRuntime);
    expect(missing).toHaveLength(lines.length);
    for (const [index, line] of lines.entries()) expect(missing[index]).toMatch(line);
    expect(missing.join()).not.toContain('ls-secret');
  });

  test('is told by the command, which fails only where LocalStack is required', { timeout: 120_000 }, async () => {
    const [plain, required] = await Promise.all([run({}), run({ PODWIRE_REQUIRE_LOCALSTACK: '1' })]);
    expect(plain.code).toBe(0);
    expect(plain.said).toMatch(/^skipped: LocalStack was not started/);
    expect(plain.said).toMatch(/^ {2}missing: LOCALSTACK_AUTH_TOKEN is not set/m);
    expect(plain.said.includes('no Docker answers')).toBe((await missingForLocalStack(TOKEN)).length > 0);
    expect(required.code).toBe(1);
    expect(required.said).toMatch(/^failed: LocalStack was not started/);
  });
});

test('L1: the image is named without the host of a registry, and by version', () => {
  expect(LOCALSTACK_IMAGE).toMatch(/^localstack\/localstack:\d+\.\d+(\.\d+)?$/);
});

function run(env: Record<string, string>): Promise<{ code: number; said: string }> {
  const without = { ...process.env, ...env, LOCALSTACK_AUTH_TOKEN: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, ['test/endpoints/localstack/run.ts'], { env: without }, (error, _stdout, said) =>
      resolve({ code: Number(error?.code ?? 0), said }),
    );
  });
}
