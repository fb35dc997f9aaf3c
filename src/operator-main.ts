import { runInTerminal } from './cli/terminal.ts';

process.exit(await runInTerminal({ run: () => import('./cli/run.ts') }, process.argv.slice(2), process.env));
