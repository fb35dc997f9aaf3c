import { readFileSync } from 'node:fs';
import { shippedFile } from '../local/package-root.ts';
import type { Command } from './command.ts';
import { readWords } from './words.ts';

export const command: Command = {
  summary: 'Prints the version.',
  usage: 'podwire version',
  async run(args, { out }) {
    readWords(args, { command: 'version', options: {} });
    const { version } = JSON.parse(readFileSync(shippedFile('package.json'), 'utf8')) as { version: string };
    out(version);
    return 0;
  },
};
