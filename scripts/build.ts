import { statSync } from 'node:fs';
import { build } from 'esbuild';

// The operator's image holds one file; the other one has local AWS and the local cluster as well.
const BUNDLES = { operator: 'src/operator-main.ts', podwire: 'src/main.ts' };

for (const [name, entry] of Object.entries(BUNDLES)) {
  const outfile = `dist/${name}.mjs`;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: true,
    minifySyntax: true,
    logLevel: 'warning',
    // CommonJS parts of the dependencies call require().
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  console.log(`${outfile}  ${(statSync(outfile).size / 1e6).toFixed(1)} MB`);
}
