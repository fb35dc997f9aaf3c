import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { plainKeys } from './plain-keys.ts';
import { withoutPrograms } from './without-programs.ts';

/** The operator's image holds the first one only; the other one has local AWS and the local cluster as well. */
export const BUNDLES: Record<BundleName, { entry: string; plugins: Plugin[] }> = {
  operator: { entry: 'src/operator-main.ts', plugins: [plainKeys, withoutPrograms] },
  podwire: { entry: 'src/main.ts', plugins: [plainKeys] },
};

export type BundleName = 'operator' | 'podwire';

/** Where the sources are and where the bundle goes, `dist` below the sources without it. */
export type Places = { root: string; outdir?: string };

/** Writes `<name>.mjs` and its chunks, the same bytes for the same sources wherever they lie, and says what went in. */
export async function writeBundle(name: BundleName, { root, outdir = join(root, 'dist') }: Places): Promise<Metafile> {
  const { entry, plugins } = BUNDLES[name];
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: `${name}-[hash]`,
    bundle: true,
    // Parts that are loaded when first needed stay files of their own: one file would load them all at the start.
    splitting: true,
    platform: 'node',
    // Of a package that has both, the ES modules: from CommonJS ones nothing can be left out.
    mainFields: ['module', 'main'],
    // A path of a linked file would be in the bundle, and another machine has another one.
    preserveSymlinks: true,
    plugins,
    format: 'esm',
    target: 'node24',
    minifySyntax: true,
    metafile: true,
    logLevel: 'warning',
    // CommonJS parts of the dependencies call require().
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  });
  return metafile;
}
