import { rmSync } from 'node:fs';
import { BUNDLES, type BundleName, writeBundle } from './bundle/bundle.ts';

const root = process.cwd();
rmSync('dist', { recursive: true, force: true });
for (const name of Object.keys(BUNDLES) as BundleName[]) {
  const { outputs } = await writeBundle(name, { root });
  const bytes = Object.values(outputs).reduce((sum, output) => sum + output.bytes, 0);
  console.log(`dist/${name}.mjs  ${(bytes / 1e6).toFixed(1)} MB in ${Object.keys(outputs).length} files`);
}
