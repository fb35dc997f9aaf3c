import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Who may import whom, by folder or root file of `src`. What is not named may import nothing of ours. */
const MAY: Record<string, string[]> = {
  'errors.ts': [],
  'nearest.ts': [],
  'log.ts': ['log', 'runtime'],
  log: [],
  'metrics.ts': ['metrics'],
  metrics: [],
  'node-flags.ts': [],
  'certificate.ts': [],
  api: [],
  runtime: ['errors.ts'],
  settings: ['api', 'nearest.ts'],
  kube: ['runtime', 'errors.ts', 'admission', 'api'],
  cluster: ['api', 'kube', 'runtime', 'errors.ts', 'model'],
  model: ['api', 'cluster', 'errors.ts', 'nearest.ts'],
  plan: ['model', 'cluster', 'errors.ts'],
  aws: ['plan', 'model', 'cluster', 'runtime', 'errors.ts'],
  controllers: ['aws', 'plan', 'model', 'cluster', 'kube', 'runtime', 'settings', 'api', 'errors.ts', 'metrics.ts'],
  server: [
    'runtime',
    'errors.ts',
    'metrics.ts',
    'admission',
    'api',
    'kube',
    'model',
    'settings',
    'log.ts',
    'certificate.ts',
  ],
  admission: ['api', 'model'],
  release: ['admission', 'api', 'controllers', 'model', 'kube', 'runtime', 'errors.ts'],
  'alerts.ts': [],
  local: ['api', 'kube', 'aws', 'runtime', 'errors.ts', 'nearest.ts', 'node-flags.ts', 'admission', 'certificate.ts'],
  operator: [
    ...['controllers', 'aws', 'model', 'cluster', 'kube', 'runtime', 'settings', 'log.ts', 'metrics.ts', 'errors.ts'],
  ],
  'operator.ts': ['operator', 'controllers', 'aws', 'model', 'cluster', 'kube', 'runtime', 'metrics.ts'],
  cli: [
    'admission',
    'release',
    'operator.ts',
    'server',
    'local',
    'aws',
    'kube',
    'api',
    'cluster',
    'model',
    'plan',
    'controllers',
    'runtime',
    'settings',
    'errors.ts',
    'nearest.ts',
    'log.ts',
    'metrics.ts',
  ],
  'main.ts': ['cli', 'local'],
  'operator-main.ts': ['cli'],
};

/** Only these files of a folder may be imported from another one: the edges that would otherwise be cut in the wrong place. */
const ONLY: Record<string, RegExp> = {
  'kube -> admission': /^admission\/installation\.ts$/,
  'cli -> plan': /^plan\/(print|step)\.ts$/,
  'cli -> controllers': /^controllers\/dry-run\.ts$/,
  'cli -> admission': /^admission\/installation\.ts$/,
  'kube -> api': /^api\/(pod|controller)\.ts$/,
  'local -> aws': /^aws\/(api|policy|rights\/features)\.ts$/,
  'model -> cluster': /^cluster\/objects\.ts$/,
  'plan -> cluster': /^cluster\/objects\.ts$/,
  'admission -> model': /^model\/drain\/line\.ts$/,
  'cluster -> model': /^model\/(group|disruption)\.ts$/,
};

/** Modules that do I/O or tell the time: never in the pure folders. */
const IMPURE =
  /from '(node:(?!crypto|net|zlib)|undici|@aws-sdk|@kubernetes|p-queue|pino)|\b(Date\.now|setTimeout|setInterval|performance\.now|Math\.random)\b/;
const TIME = /\b(Date\.now|setTimeout|setInterval|performance\.now|Math\.random)\(/;

type Source = { file: string; text: string };

const sources = (root: string): Source[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

const importsOf = ({ file, text }: Source): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map((found) => join(dirname(file), found[1] as string));

const top = (path: string): string => path.split('/')[0] as string;

/** Sentences about every import that goes against the arrows. */
export function wrongImports(files: Source[]): string[] {
  return files.flatMap((source) =>
    importsOf(source)
      .filter((to) => top(to) !== top(source.file) && !allowed(source.file, to))
      .map((to) => `${source.file} imports ${to}`),
  );
}

function allowed(from: string, to: string): boolean {
  const only = ONLY[`${top(from)} -> ${top(to)}`];
  return (MAY[top(from)] ?? []).includes(top(to)) && (only === undefined || only.test(to));
}

describe('architecture', () => {
  const files = sources('src');

  test('folders import only what they may', () => expect(wrongImports(files)).toEqual([]));

  test('a planted import against the arrows is found', () => {
    const planted = [
      { file: 'model/bad.ts', text: "import { x } from '../aws/api.ts';" },
      { file: 'plan/bad.ts', text: "import type { y } from '../kube/api.ts';" },
      { file: 'local/bad.ts', text: "import { z } from '../aws/apply.ts';" },
      { file: 'unnamed/bad.ts', text: "import { v } from '../errors.ts';" },
    ];
    expect(wrongImports(planted)).toHaveLength(4);
  });

  test('model and plan are pure', () => {
    const impure = files.filter(({ file, text }) => ['model', 'plan'].includes(top(file)) && IMPURE.test(text));
    expect(impure.map(({ file }) => file)).toEqual([]);
  });

  test('time and chance come from the clock', () => {
    const elsewhere = files.filter(({ file, text }) => !EXCEPT.test(file) && TIME.test(text));
    expect(elsewhere.map(({ file }) => file)).toEqual([]);
  });

  test('only the two mains read the environment or exit', () => {
    const wrong = files.filter(
      ({ file, text }) => !/main\.ts$|^local\//.test(file) && /process\.(env|exit)\b/.test(text),
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });
});

/** Processes of the local parts live in real time; the operator never does. */
const EXCEPT = /^runtime\/clock\.ts$|^local\/|^cli\//;
