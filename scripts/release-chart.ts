// Writes the chart as it is released into dist/chart. The digest of the image comes later: where that is known nothing is installed that could do this.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { releasedChart, releasedValues } from './chart/release.ts';

const { values } = parseArgs({ options: { repository: { type: 'string' } } });
if (values.repository === undefined) throw new Error('wanted --repository, the image without tag and digest');
const repository = values.repository;
const out = join('dist', 'chart');

rmSync(out, { recursive: true, force: true });
cpSync(join('charts', 'podwire'), out, { recursive: true });
rewrite('Chart.yaml', (text) => releasedChart(text, readFileSync('CHANGELOG.md', 'utf8')));
rewrite('values.yaml', (text) => releasedValues(text, repository));

function rewrite(file: string, change: (text: string) => string): void {
  const path = join(out, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}
