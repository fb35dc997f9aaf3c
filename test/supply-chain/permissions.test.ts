import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runContained } from './contained-operator.ts';

/** What somebody who got code into the operator would try next; each is an expression that throws where it is refused. */
const ATTEMPTS: Record<string, string> = {
  'start a program': `(await import('node:child_process')).execFileSync(process.execPath, ['--version'])`,
  'start a thread': `new (await import('node:worker_threads')).Worker('1', { eval: true }).unref()`,
  'make code of text': `Function('return 1')()`,
  'write a file': `(await import('node:fs')).writeFileSync(import.meta.dirname + '/written', '')`,
  "read another program's files": `(await import('node:fs')).readFileSync('/proc/1/status')`,
  'read through the root of its own process': `(await import('node:fs')).readdirSync('/proc/self/root')`,
  'attach a debugger': `new (await import('node:inspector')).Session().connect()`,
};

const PROBE = `
const attempts = {${Object.entries(ATTEMPTS)
  .map(([name, code]) => `${JSON.stringify(name)}: async () => ${code}`)
  .join()}};
const done = [];
for (const [name, attempt] of Object.entries(attempts)) await attempt().then(() => done.push(name), () => undefined);
console.log(JSON.stringify(done));`;

describe('N6: whoever gets code into the operator', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'podwire-permissions-'));
    await mkdir(join(dir, 'app'));
    await writeFile(join(dir, 'app', 'operator.mjs'), PROBE);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('can do none of this under the flags of the image', async () => {
    const { code, told } = await runContained(dir, []);
    expect({ code, told: told.trim() }).toEqual({ code: 0, told: '[]' });
  });

  test('could do all of it without them', async () => {
    const { told } = await runContained(dir, [], [process.execPath, join(dir, 'app', 'operator.mjs')]);
    expect(JSON.parse(told)).toEqual(Object.keys(ATTEMPTS));
  });
});
