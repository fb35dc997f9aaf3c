import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ID = /\b[HRSTLN]\d+\b/g;

/** The rows of the tables of threats, each with the ids of its last cell. */
const mitigations = (text: string): { threat: string; ids: string[] }[] =>
  (text.split('\n## Threats\n')[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| threat'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => ({ threat: cells[0]?.trim() ?? '', ids: cells.at(-1)?.match(ID) ?? [] }));

/** Ids that names of tests begin with. */
function idsOfTests(): Set<string> {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
  const titles = files.flatMap((file) => [
    ...readFileSync(join('test', file), 'utf8').matchAll(
      /(?:\b(?:test|it|describe)\(|\)\()\s*(['"`])((?:[HRSTLN]\d+(?:, )?)+): /g,
    ),
  ]);
  return new Set(titles.flatMap(([, , ids = '']) => ids.split(', ')));
}

const unproven = (text: string, known: ReadonlySet<string>): string[] =>
  mitigations(text).flatMap(({ threat, ids }) =>
    ids.length === 0
      ? [`${threat}: no test`]
      : ids.filter((id) => !known.has(id)).map((id) => `${threat}: no test ${id}`),
  );

const MODEL = readFileSync('docs/threat-model.md', 'utf8');

describe('S16: the threat model', () => {
  test('S16: every mitigation names tests that there are', () => {
    expect(mitigations(MODEL).length).toBeGreaterThan(15);
    expect(unproven(MODEL, idsOfTests())).toEqual([]);
  });

  test('S16: control: a mitigation without a test, or with one that there is not, is found', () => {
    const wrong =
      '\n## Threats\n| threat | what is done | tests |\n|---|---|---|\n| a | b | S99 |\n| c | d | |\n\n## Not';
    expect(unproven(wrong, idsOfTests())).toHaveLength(2);
  });

  test('S16: how to tell of a weakness stands where it is looked for', () => {
    expect(readFileSync('SECURITY.md', 'utf8')).toContain('docs/threat-model.md');
  });
});
