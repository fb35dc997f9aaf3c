import { runInTerminal } from './cli/terminal.ts';

const COMMANDS = {
  run: () => import('./cli/run.ts'),
  config: () => import('./cli/config.ts'),
  doctor: () => import('./cli/doctor.ts'),
  release: () => import('./cli/release.ts'),
};

process.exit(await runInTerminal(COMMANDS, process.argv.slice(2), { env: process.env }));
