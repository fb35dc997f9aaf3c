import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles } from './generated.ts';

// `--check` changes nothing and fails when a file differs from what its table says.
const check = process.argv.includes('--check');
const stale = generatedFiles().filter(
  ({ file, content }) => !existsSync(file) || readFileSync(file, 'utf8') !== content,
);

for (const { file, content } of check ? [] : stale) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
for (const { file } of stale)
  console.log(`${file} ${check ? 'differs from its table: run "npm run generate"' : 'written'}`);
if (check && stale.length > 0) process.exit(1);
