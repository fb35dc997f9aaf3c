import { expect, test } from 'vitest';
import { expectedLines, measure, ROWS } from './table.ts';

const expected = expectedLines();

test.each(ROWS)('S1: without %s', async (row) => {
  expect(await measure(row)).toBe(expected.get(row));
});
