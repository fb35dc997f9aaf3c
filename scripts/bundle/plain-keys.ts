import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const SCHEMAS = /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/;

/**
 * Writes the keys of the SDK's schemas as they are: `{ [_xN]: … }` becomes `{ "xmlName": … }`. A key that is computed counts
 * as a side effect, and the bundle would hold the schemas of all 800 operations of EC2: 1.3 MB, and 20 MB of memory.
 */
export const plainKeys: Plugin = {
  name: 'plain-keys',
  setup: (build) =>
    build.onLoad({ filter: SCHEMAS }, async ({ path }) => ({
      contents: withPlainKeys(await readFile(path, 'utf8')),
      loader: 'js',
    })),
};

function withPlainKeys(text: string): string {
  const constants = new Map([...text.matchAll(/^const (\w+) = (".*");$/gm)].map(([, name, value]) => [name, value]));
  return text.replace(/\[(\w+)\]:/g, (computed, name: string) => {
    const value = constants.get(name);
    return value === undefined ? computed : `${value}:`;
  });
}
