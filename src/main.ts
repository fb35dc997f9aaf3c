import type { Commands } from './cli/command.ts';
import { runInTerminal } from './cli/terminal.ts';

const COMMANDS: Commands = {
  run: () => import('./cli/run.ts'),
  local: () => import('./cli/local.ts'),
  demo: () => import('./cli/demo.ts'),
  config: () => import('./cli/config.ts'),
  explain: () => import('./cli/explain.ts'),
  plan: () => import('./cli/plan.ts'),
  doctor: () => import('./cli/doctor.ts'),
  iam: () => import('./cli/iam.ts'),
  release: () => import('./cli/release.ts'),
  version: () => import('./cli/version.ts'),
  completion: async () => ({ command: (await import('./cli/completion.ts')).completionOf(COMMANDS) }),
};

const [first = '', ...rest] = process.argv.slice(2);

if (first.startsWith('--part=')) {
  const { PARTS } = await import('./local/parts.ts');
  const { runPart } = await import('./local/process.ts');
  const name = first.slice('--part='.length);
  const load = PARTS[name];
  if (load === undefined) throw new Error(`no such part: ${name}`);
  await runPart(await load(), rest[0] ?? '{}');
} else {
  process.exit(await runInTerminal(COMMANDS, process.argv.slice(2), { env: process.env, file: process.argv[1] }));
}
