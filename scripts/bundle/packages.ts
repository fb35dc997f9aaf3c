import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package of which code is in a bundle. */
export type BundledPackage = {
  name: string;
  version: string;
  /** As its package.json says, an SPDX expression; empty where it says nothing. */
  license: string;
  /** As the lock file says: `sha512-` and Base64. */
  integrity: string;
  /** Below the root, and what tells two versions of a package apart. */
  folder: string;
  /** Folders of the packages that it imports; what is imported but left out is not there. */
  uses: string[];
};

export type Contents = {
  /** By folder. */
  packages: BundledPackage[];
  /** Folders of the packages that our own code imports. */
  direct: string[];
};

const OURS = '';
type Manifest = { name: string; version: string; license?: string };
type Lock = { packages: Record<string, { version?: string; integrity?: string }> };

/** The packages in a bundle: from what the bundler took, package.json of each and the lock file. Throws where these disagree. */
export function packagesOf({ inputs, outputs }: Metafile, root: string): Contents {
  const taken = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = new Set(taken.map(folderOf));
  const uses = new Map([...folders].map((folder) => [folder, new Set<string>()]));
  for (const [path, { imports }] of Object.entries(inputs))
    for (const { path: imported } of imports) {
      const [from, to] = [folderOf(path), folderOf(imported)];
      if (from !== to && to !== OURS && folders.has(to)) uses.get(from)?.add(to);
    }
  const sorted = (of: string): string[] => [...(uses.get(of) ?? [])].toSorted();
  const describe = reader(root);
  const theirs = [...folders].filter((folder) => folder !== OURS).toSorted();
  return { packages: theirs.map((folder) => ({ ...describe(folder), uses: sorted(folder) })), direct: sorted(OURS) };
}

/** `node_modules/a/node_modules/@b/c` of a file in it; empty for our own code. */
function folderOf(path: string): string {
  return /^(?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+/.exec(path)?.[0].slice(0, -1) ?? OURS;
}

function reader(root: string): (folder: string) => Omit<BundledPackage, 'uses'> {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  return (folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
    const { name, version, license = '' } = manifest;
    const { version: wanted, integrity = '' } = packages[folder] ?? {};
    if (wanted !== version) throw new Error(`${folder}: wanted ${wanted} of the lock file, found ${version}: npm ci`);
    return { name, version, license, integrity, folder };
  };
}
