import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type Locked = {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
};
type Lock = { packages: Record<string, Locked> };
type Manifest = Record<string, unknown> & {
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};

const json = <Read>(file: string): Read => JSON.parse(readFileSync(file, 'utf8')) as Read;
const manifest = json<Manifest>('package.json');
const lock = json<Lock>('package-lock.json');
const locked = Object.entries(lock.packages).filter(([folder]) => folder !== '');
const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** Is for a machine that releases are not made on: the registry told no checksum when the lock file was written on Linux. */
const isForeign = ({ optional, os = [], libc = [], cpu = [] }: Locked): boolean =>
  optional === true &&
  (!os.includes('linux') || libc.includes('musl') || !cpu.some((one) => /^(x64|arm64)$/.test(one)));

/** What is wrong with an entry of the lock file, or nothing. */
function problemOf([folder, entry]: [string, Locked]): string[] {
  const { version = '', resolved = '', integrity = '', link } = entry;
  if (link === true || /^(git|http:|file:)/.test(resolved)) return [`${folder}: is not from the registry`];
  if (!EXACT.test(version)) return [`${folder}: no exact version`];
  if (!integrity.startsWith('sha512-') && !isForeign(entry)) return [`${folder}: no checksum`];
  return [];
}

describe('the lock file', () => {
  test('N2: has an exact version and a checksum of each package, and none from git, an address or a folder', () => {
    expect(locked.length).toBeGreaterThan(100);
    expect(locked.flatMap(problemOf)).toEqual([]);
  });

  test('N2: one that has none of these is found', () => {
    const wrong: [string, Locked][] = [
      ['node_modules/a', { version: '1.0.0', resolved: 'git+ssh://git@example.com/a.git#1', integrity: 'sha512-x' }],
      ['node_modules/b', { version: '1.0.0' }],
      ['node_modules/c', { link: true }],
      ['node_modules/d', { version: '^1.0.0', integrity: 'sha512-x' }],
      ['node_modules/e', { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
    ];
    expect(wrong.map((entry) => problemOf(entry).length)).toEqual([1, 1, 1, 1, 1]);
  });

  test('N2: package.json asks for these versions and no range of them', () => {
    const versions = Object.keys(manifest.devDependencies).map((name) => [
      name,
      lock.packages[`node_modules/${name}`]?.version,
    ]);
    expect(manifest.devDependencies).toEqual(Object.fromEntries(versions));
  });

  test('N1: one package may run a script when it is installed, and each that would is named', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([folder]) => nameOf(folder));
    expect(scripted.toSorted()).toEqual(Object.keys(manifest.allowScripts).toSorted());
    const allowed = Object.entries(manifest.allowScripts).filter(([, may]) => may);
    expect(allowed).toEqual([['node', true]]);
    const lines = readFileSync('.npmrc', 'utf8').split('\n');
    for (const line of ['strict-allow-scripts=true', 'allow-git=none', 'allow-remote=none', 'save-exact=true'])
      expect(lines).toContain(line);
  });
});

describe('dependencies', () => {
  test('N4: whoever installs the package gets no other one: all that it needs is in its bundle', () => {
    const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'];
    expect(kinds.filter((kind) => kind in manifest)).toEqual([]);
  });

  test('N4: each has its reason in docs/decisions/0001-dependencies.md, and no reason is left over', () => {
    const text = readFileSync('docs/decisions/0001-dependencies.md', 'utf8');
    const rows = [...text.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell as string);
    const named = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string));
    expect(named.toSorted()).toEqual(Object.keys(manifest.devDependencies).toSorted());
  });
});
