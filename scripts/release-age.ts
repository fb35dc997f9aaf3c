// Refuses versions that are new in the lock file since a commit and have not been out for a week: most that were tampered with were found out by then.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { ageProblem, type LockFile, newVersions } from './lock-file.ts';

const { values } = parseArgs({ options: { since: { type: 'string' }, days: { type: 'string', default: '7' } } });
const LOCK = 'package-lock.json';
const wanted = { days: Number(values.days), now: Date.now() };

// Without a commit to compare with, everything is new.
const before = values.since
  ? execFileSync('git', ['show', `${values.since}:${LOCK}`], { encoding: 'utf8', maxBuffer: 64_000_000 })
  : '{"packages":{}}';
const added = newVersions(JSON.parse(before) as LockFile, JSON.parse(readFileSync(LOCK, 'utf8')) as LockFile);

let refused = 0;
for (const one of added) {
  const problem = ageProblem(one, await publishedAt(one), wanted);
  if (problem === undefined) continue;
  refused++;
  console.error(problem);
}
console.log(`${added.length} new versions, ${refused} refused`);
process.exitCode = refused === 0 ? 0 : 1;

async function publishedAt({ name, version }: { name: string; version: string }): Promise<string | undefined> {
  const asked = promisify(execFile)('npm', ['view', name, 'time', '--json'], { maxBuffer: 64_000_000 });
  const { stdout } = await asked.catch(() => ({ stdout: '{}' }));
  return (JSON.parse(stdout) as Record<string, string>)[version];
}
