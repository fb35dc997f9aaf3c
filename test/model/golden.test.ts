import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MemberVerdict } from '../../src/model/build.ts';
import { buildCase, caseNames, loadCase } from '../fixtures/load.ts';

/** What was asked is in the case already. */
function withoutInput(verdict: MemberVerdict): Omit<MemberVerdict, 'input'> {
  const { input: _, ...rest } = verdict;
  return rest;
}

describe('golden cases', () => {
  test.each(caseNames())('%s', async (name) => {
    const one = loadCase(name);
    const stacks = buildCase(one).map(({ key, build }) => ({
      key,
      ...build,
      members: build.members.map(withoutInput),
    }));
    const text = `${JSON.stringify({ stacks, apart: one.apart }, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(one.folder, 'model.json'));
  });
});
