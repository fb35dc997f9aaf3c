import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatedFiles } from '../scripts/generated.ts';

type Link = { from: string; to: string };

const documents = (): string[] => [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

const linksOf = (file: string, text: string): Link[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((found) => ({ from: file, to: found[1] as string }))
    .filter(({ to }) => !/^[a-z]+:/.test(to));

/** The links whose file, or whose heading in a Markdown file, is not there. */
function brokenLinks(links: Link[]): Link[] {
  return links.filter(({ from, to }) => {
    const [path = '', anchor] = to.split('#');
    const target = path === '' ? from : join(dirname(from), path);
    return !existsSync(target) || (anchor !== undefined && !headings(target).includes(anchor));
  });
}

const headings = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map((found) =>
    (found[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('docs', () => {
  test('every link leads somewhere', () => {
    const links = documents().flatMap((file) => linksOf(file, readFileSync(file, 'utf8')));
    expect(links.length).toBeGreaterThan(0);
    expect(brokenLinks(links)).toEqual([]);
  });

  test('a broken link is found', () => {
    expect(brokenLinks(linksOf('README.md', '[a](docs/nowhere.md) [b](README.md#no-such-heading)'))).toHaveLength(2);
  });

  test('every generated file is what its table says', () => {
    const stale = generatedFiles().filter(
      ({ file, content }) => !existsSync(file) || readFileSync(file, 'utf8') !== content,
    );
    expect(stale.map(({ file }) => file)).toEqual([]);
  });
});
