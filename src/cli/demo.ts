import type { Command } from './command.ts';
export const command: Command = { summary: 'x', usage: 'x', async run() { return 0; } };
