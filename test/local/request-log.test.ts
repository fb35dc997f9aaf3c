import { appendFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendRequests, readRequests, type RequestEntry } from '../../src/local/request-log.ts';
import { until } from '../../src/local/until.ts';

const entry = (id: string, more: Partial<RequestEntry> = {}): RequestEntry => ({
  time: 1_700_000_000_000,
  what: 'began',
  id,
  pod: 'shop/web-1',
  leaving: false,
  ...more,
});

test('what several logs append to one file is read back, without a line that was cut', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'podwire-')), 'requests.txt');
  expect(await readRequests(file)).toEqual([]);
  const [one, two] = [appendRequests(file), appendRequests(file)];
  const entries = [entry('a'), entry('b', { what: 'finished', leaving: true }), entry('c')];
  one.note(entries[0]!);
  two.note(entries[1]!);
  one.note(entries[2]!);
  await until('written', async () => (await readRequests(file)).length === 3);
  await appendFile(file, '17000000');
  const read = await readRequests(file);
  expect(read.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(entries);
});
