import { Invalid } from '../errors.ts';

/** Whether `--output` asks for JSON; text is what it is without. Throws Invalid for any other word. */
export function wantsJson(output = 'text'): boolean {
  if (output !== 'text' && output !== 'json') throw new Invalid('--output', `wanted text or json, given ${output}`);
  return output === 'json';
}
