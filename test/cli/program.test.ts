import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ended } from './podwire.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podwire-program-'));
  await cp('bin', join(dir, 'bin'), { recursive: true });
  await writeFile(join(dir, 'package.json'), `{"type": "module"}`);
});
afterEach(() => rm(dir, { recursive: true }));

const OLD = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.19.0"})`;

/** Runs the program with this Node, or as one that takes itself for version 20. */
const run = (file: string, { old = false } = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const args = [...(old ? ['--import', OLD] : []), file, 'explain', 'ingress/shop'];
    execFile(process.execPath, args, (error, out, told) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, told }),
    );
  });

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
  await chmod(join(dir, path), 0o755);
};

describe('the program of a checkout', () => {
  test('under an old Node is run by the one that came along, with its words and its exit code', async () => {
    await write('node_modules/node/bin/node', '#!/bin/sh\nshift\necho "new Node: $*"\nexit 2\n');
    await symlink(join(dir, 'bin/podwire.js'), join(dir, 'podwire'));
    const { code, out } = await run(join(dir, 'podwire'), { old: true });
    expect({ code, out }).toEqual({ code: 2, out: 'new Node: explain ingress/shop\n' });
  });

  test('under an old Node with no other says what it needs', async () => {
    const { code, told } = await run(join(dir, 'bin/podwire.js'), { old: true });
    expect(code).toBe(1);
    expect(told).toMatch(/^podwire needs Node 24 or newer, and this is .*\n$/);
  });

  test('that is not built says how it is built', async () => {
    const { code, told } = await run(join(dir, 'bin/podwire.js'));
    expect({ code, told }).toEqual({ code: 1, told: 'podwire is not built yet: run "npm run build" first.\n' });
  });

  test('that is built runs', async () => {
    await write('dist/podwire.mjs', 'console.log(process.argv.slice(2).join(" "))');
    expect(await run(join(dir, 'bin/podwire.js'))).toEqual({ code: 0, out: 'explain ingress/shop\n', told: '' });
  });
});
