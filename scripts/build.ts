import { rmSync } from 'node:fs';
import { build } from 'esbuild';
import { plainKeys } from './plain-keys.ts';

// The operator's image holds the first bundle only; the other one has local AWS and the local cluster as well.
const BUNDLES = { operator: 'src/operator-main.ts', podwire: 'src/main.ts' };

rmSync('dist', { recursive: true, force: true });
for (const [name, entry] of Object.entries(BUNDLES)) {
  const { metafile } = await build({
    entryPoints: { [name]: entry },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    chunkNames: `${name}-[hash]`,
    bundle: true,
    // Parts that are loaded when first needed stay files of their own: one file would load them all at the start.
    splitting: true,
    platform: 'node',
    // Of a package that has both, the ES modules: from CommonJS ones nothing can be left out.
    mainFields: ['module', 'main'],
    plugins: [plainKeys],
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
  const bytes = Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`dist/${name}.mjs  ${(bytes / 1e6).toFixed(1)} MB in ${Object.keys(metafile.outputs).length} files`);
}
