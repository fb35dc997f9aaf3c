import type { BundledPackage, Contents } from './packages.ts';

type Bundle = { name: string; version: string; license: string };

/**
 * A CycloneDX 1.6 bill of the materials of a bundle, complete, and the same text for the same bundle: its time is that of
 * SOURCE_DATE_EPOCH (seconds), and without one it has none.
 */
export function billOf(bundle: Bundle, { packages, direct }: Contents, epoch?: number): string {
  const purls = new Map(packages.map((one) => [one.folder, purlOf(one)]));
  // The same version may lie in two folders.
  const unique = [...new Map(packages.map((one) => [purlOf(one), one])).values()];
  const refs = (folders: string[]): string[] => folders.map((folder) => purls.get(folder) ?? folder).toSorted();
  const root = `pkg:npm/podwire@${bundle.version}#dist/${bundle.name}.mjs`;
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      ...(epoch !== undefined && { timestamp: new Date(epoch * 1_000).toISOString() }),
      component: {
        type: 'application',
        'bom-ref': root,
        name: 'podwire',
        version: bundle.version,
        purl: root,
        licenses: licensesOf(bundle.license),
      },
    },
    components: unique.map((one) => componentOf(one)),
    dependencies: [
      { ref: root, dependsOn: refs(direct) },
      ...unique.map(({ folder, uses }) => ({ ref: purls.get(folder), dependsOn: refs(uses) })),
    ],
    compositions: [{ aggregate: 'complete', assemblies: [root] }],
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

function componentOf(one: BundledPackage): object {
  const [scope, short] = one.name.startsWith('@') ? one.name.split('/') : [undefined, one.name];
  const [algorithm, checksum = ''] = one.integrity.split('-', 2);
  const hash = {
    alg: algorithm === 'sha512' ? 'SHA-512' : 'SHA-1',
    content: Buffer.from(checksum, 'base64').toString('hex'),
  };
  return {
    type: 'library',
    'bom-ref': purlOf(one),
    ...(scope !== undefined && { group: scope }),
    name: short,
    version: one.version,
    hashes: [hash],
    licenses: licensesOf(one.license),
    purl: purlOf(one),
  };
}

const licensesOf = (license: string): object[] => [{ license: { id: license } }];

const purlOf = ({ name, version }: BundledPackage): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;
