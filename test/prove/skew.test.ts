import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { skewedBy } from './skew.ts';

const SAYS = `console.log(JSON.stringify([
  Date.now(), new Date().getTime(), Date.parse(Date()), new Date(0).toISOString(), new Date() instanceof Date,
  Date.UTC(2026, 0), process.hrtime.bigint() > 0n,
]))`;

test.each([60_000, -60_000])('a process whose wall clock is off by %i ms has only that off', (ms) => {
  const env = { ...process.env, ...skewedBy(ms) };
  const began = Math.floor(Date.now() / 1_000) * 1_000; // what is written has no milliseconds
  const said = execFileSync(process.execPath, ['--eval', SAYS], { env, encoding: 'utf8' });
  const [now, made, written, ...rest] = JSON.parse(said) as number[];
  for (const time of [now, made, written]) {
    expect(time).toBeGreaterThanOrEqual(began + ms);
    expect(time).toBeLessThanOrEqual(Date.now() + ms);
  }
  expect(rest).toEqual(['1970-01-01T00:00:00.000Z', true, Date.UTC(2026, 0), true]);
});
