import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatedFiles } from '../../scripts/generated.ts';
import { type Document, documents } from './documents.ts';

type Link = { from: string; to: string };

const linksOf = ({ file, text }: Document): Link[] =>
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
    const links = documents().flatMap(linksOf);
    expect(links.length).toBeGreaterThan(0);
    expect(brokenLinks(links)).toEqual([]);
  });

  test('a broken link is found', () => {
    expect(
      brokenLinks(linksOf({ file: 'README.md', text: '[a](docs/nowhere.md) [b](README.md#no-such-heading)' })),
    ).toHaveLength(2);
  });

  test('R18: every page is listed where one looks for it', () => {
    const index: Document = { file: 'docs/README.md', text: readFileSync('docs/README.md', 'utf8') };
    const listed = linksOf(index).map(({ to }) => join('docs', to));
    const pages = documents().map(({ file }) => file);
    const missing = pages.filter((file) => /^docs\/[^/]+$|^[A-Z]+\.md$/.test(file) && !listed.includes(file));
    expect(missing).toEqual(['README.md', 'docs/README.md']);
  });

  test('every generated file is what its table says', () => {
    const stale = generatedFiles().filter(
      ({ file, content }) => !existsSync(file) || readFileSync(file, 'utf8') !== content,
    );
    expect(stale.map(({ file }) => file)).toEqual([]);
  });
});
