import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { billOf } from './bundle/bill.ts';
import { BUNDLES, type BundleName, writeBundle } from './bundle/bundle.ts';
import { licenseReport } from './bundle/licenses.ts';
import { packagesOf } from './bundle/packages.ts';

const root = process.cwd();
const { version, license } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<'version' | 'license', string>;
const { SOURCE_DATE_EPOCH: epoch } = process.env;
rmSync('dist', { recursive: true, force: true });
for (const name of Object.keys(BUNDLES) as BundleName[]) {
  const metafile = await writeBundle(name, { root });
  const contents = packagesOf(metafile, root);
  const bill = billOf({ name, version, license }, contents, epoch === undefined ? undefined : Number(epoch));
  writeFileSync(`dist/${name}.cdx.json`, bill);
  writeFileSync(`dist/${name}.licenses.txt`, licenseReport(contents.packages, root));
  const files = Object.values(metafile.outputs);
  const megabytes = (files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1);
  console.log(`dist/${name}.mjs  ${megabytes} MB in ${files.length} files, with ${contents.packages.length} packages`);
}
