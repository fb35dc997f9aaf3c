import { join } from 'node:path';
import type { Plugin } from 'esbuild';

const INSTEAD: [filter: RegExp, file: string][] = [
  [/^@aws-sdk\/credential-provider-(process|sso|login)$/, 'credential-providers.ts'],
  [/\/client-node-access\.ts$/, 'client-node-access.ts'],
];

/**
 * Leaves out what starts other programs or needs a person's home: sign-in to AWS, and client-node with all that it brings.
 * A dependency that asks for node:child_process stops the build.
 */
export const withoutPrograms: Plugin = {
  name: 'without-programs',
  setup: (build) => {
    const root = build.initialOptions.absWorkingDir ?? process.cwd();
    for (const [filter, file] of INSTEAD)
      build.onResolve({ filter }, () => ({ path: join(root, 'scripts', 'bundle', 'instead', file) }));
    build.onResolve({ filter: /^(node:)?child_process$/ }, () => ({
      errors: [{ text: 'the operator starts no programs: its image has none, and its permissions forbid it' }],
    }));
  },
};
