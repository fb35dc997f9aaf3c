import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billOf } from '../../scripts/bundle/bill.ts';
import { writeBundle } from '../../scripts/bundle/bundle.ts';
import { licenseProblems, licenseReport } from '../../scripts/bundle/licenses.ts';
import { type Contents, packagesOf } from '../../scripts/bundle/packages.ts';
import { withoutPrograms } from '../../scripts/bundle/without-programs.ts';

/** Packages in the bundle of the image, those that other packages bring included. */
const MOST_PACKAGES = 60;
/** Packages that our own code in it names. */
const MOST_DIRECT = 14;

const ROOT = process.cwd();
const OPERATOR = { name: 'operator', version: '1.0.0', license: 'Apache-2.0' };

let dir: string;
let metafile: Awaited<ReturnType<typeof writeBundle>>;
let contents: Contents;
let code: Map<string, string>;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'podwire-bundle-'));
  metafile = await writeBundle('operator', { root: ROOT, outdir: join(dir, 'first') });
  contents = packagesOf(metafile, ROOT);
  code = filesIn(join(dir, 'first'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const filesIn = (folder: string): Map<string, string> =>
  new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));

/** Where the pattern stands in the bundle: the rest of the line from there. */
const found = (pattern: RegExp): string[] =>
  [...code.values()].flatMap((text) => [...text.matchAll(pattern)].map(([whole]) => whole)).toSorted();

describe('the bundle of the image', () => {
  test('N5: is the same bytes when it is built again, from sources that lie elsewhere', async () => {
    const elsewhere = mkdtempSync(join(dir, 'a checkout of another name '));
    for (const part of ['src', 'scripts', 'package.json', 'tsconfig.json'])
      cpSync(part, join(elsewhere, part), { recursive: true });
    symlinkSync(realpathSync('node_modules'), join(elsewhere, 'node_modules'));
    await writeBundle('operator', { root: elsewhere, outdir: join(dir, 'second') });
    expect(filesIn(join(dir, 'second'))).toEqual(code);
  });

  test(`N4: has at most ${MOST_PACKAGES} packages in it, and each that we name has its reason`, () => {
    const { packages, direct } = contents;
    console.log(`${packages.length} packages, ${direct.length} of them named by us`);
    expect(packages.length).toBeLessThanOrEqual(MOST_PACKAGES);
    expect(direct.length).toBeLessThanOrEqual(MOST_DIRECT);
    const [bundled = ''] = readFileSync('docs/decisions/0001-dependencies.md', 'utf8').split('## For development only');
    const reasons = [...bundled.matchAll(/`([^`]+)`/g)].map(([, name]) => `node_modules/${name}`);
    expect(direct.filter((folder) => !reasons.includes(folder))).toEqual([]);
  });

  test('N6: imports what Node has and its own files, and nothing else', () => {
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const outside = imports.filter(({ external }) => external).map(({ path }) => path);
    expect(outside.length).toBeGreaterThan(10);
    expect(outside.filter((path) => !isBuiltin(path))).toEqual([]);
  });

  test('N6: starts no programs, makes no code of text, and loads nothing by a name that is made up as it runs', () => {
    expect(found(/child_process|node:vm\b|node:inspector|\bfrom ["'](vm|inspector)/g)).toEqual([]);
    // Of reflect-metadata: reached where there is no globalThis, which is nowhere.
    expect(found(/\beval\)?\(|\bFunction\(["'`][^)]*\)/g)).toEqual(['Function("return this;")', 'eval)(']);
    const computed = found(/\b(?:require|import)\((?!["'])[^)]*\)/g);
    expect(computed).toEqual([]);
  });

  test('N6: a dependency that starts programs stops the build', async () => {
    const stdin = { contents: `import { spawn } from 'node:child_process'; spawn('id');`, loader: 'js' } as const;
    const building = build({
      stdin,
      bundle: true,
      write: false,
      platform: 'node',
      plugins: [withoutPrograms],
      logLevel: 'silent',
    });
    await expect(building).rejects.toThrow('the operator starts no programs');
  });
});

describe('what comes with it', () => {
  type Bill = {
    metadata: { timestamp?: string };
    components: { purl: string; hashes: { content: string }[]; licenses: { license: { id: string } }[] }[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  const bill = (epoch?: number): Bill => JSON.parse(billOf(OPERATOR, contents, epoch)) as Bill;

  test('N5: its bill of materials has every package with version, checksum and licence, and what brought it', () => {
    const { components, dependencies, metadata } = bill();
    expect(components).toHaveLength(contents.packages.length);
    for (const { purl, hashes, licenses } of components) {
      expect(purl).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/);
      expect(hashes[0]?.content).toMatch(/^[0-9a-f]{128}$/);
      expect(licenses[0]?.license.id).toMatch(/^[\w.-]+$/);
    }
    expect(metadata).not.toHaveProperty('timestamp');
    const [root, ...others] = dependencies;
    const brought = new Set([root, ...others].flatMap((one) => one?.dependsOn ?? []));
    expect(components.map(({ purl }) => purl).filter((purl) => !brought.has(purl))).toEqual([]);
    expect(components.map(({ purl }) => purl)).toEqual(expect.arrayContaining([...brought]));
  });

  test('N5: the bill is the same text each time, and its time is that of SOURCE_DATE_EPOCH', () => {
    expect(billOf(OPERATOR, contents)).toBe(billOf(OPERATOR, packagesOf(metafile, ROOT)));
    expect(bill(1_800_000_000).metadata.timestamp).toBe('2027-01-15T08:00:00.000Z');
  });

  test('N5: every licence is one that was looked at, and its text is there', () => {
    expect(licenseProblems(contents.packages)).toEqual([]);
    const report = licenseReport(contents.packages, ROOT);
    for (const { name, version, license } of contents.packages)
      expect(report).toContain(`\n${name} ${version} (${license})\n`);
    expect(report).toContain('Permission is hereby granted, free of charge');
    expect(report).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION');
  });

  test('N5: a licence that nobody looked at stops the build, and so does none', () => {
    const [one] = contents.packages;
    const strangers = ['AGPL-3.0-only', ''].map((license) => ({ ...(one as NonNullable<typeof one>), license }));
    expect(licenseProblems(strangers)).toEqual([
      expect.stringContaining('its licence is AGPL-3.0-only, wanted one of 0BSD'),
      expect.stringContaining('its licence is not named'),
    ]);
    expect(() => licenseReport(strangers, ROOT)).toThrow('AGPL-3.0-only');
  });
});
