import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildCase, caseNames, loadCase } from '../fixtures/load.ts';

describe('golden cases', () => {
  test.each(caseNames())('%s', async (name) => {
    const one = loadCase(name);
    const stacks = buildCase(one).map(({ key, build }) => ({
      key,
      ...build,
      members: build.members.map(({ input: _, ...verdict }) => verdict),
    }));
    const text = `${JSON.stringify({ stacks, apart: one.apart }, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(one.folder, 'model.json'));
  });
});
