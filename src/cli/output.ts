import { WrongWords } from './words.ts';

/** Whether `--output` asks for JSON; text is what it is without. Throws WrongWords for any other word. */
export function wantsJson(output = 'text'): boolean {
  if (output !== 'text' && output !== 'json') throw new WrongWords('--output', `wanted text or json, given ${output}`);
  return output === 'json';
}
