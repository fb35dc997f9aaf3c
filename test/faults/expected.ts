import { readFileSync } from 'node:fs';

/** What explain is to say first of each case: one line of one fault, two of two. */
export function readExpected(): Map<string, string[]> {
  const expected = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of readFileSync(new URL('expected.txt', import.meta.url), 'utf8').split('\n')) {
    if (line === '' || /^[#[]/.test(line)) continue;
    const [, id = '', said = ''] = /^(\S*)\s+(.*)$/.exec(line) ?? [];
    if (id !== '') expected.set(id, (lines = []));
    lines.push(said);
  }
  return expected;
}

/** What differs from run to run, by what stands around it. */
const BLANKS: readonly [RegExp, string][] = [
  [/\b(?:\d+\.){3}\d+:\d+|\bi-0[0-9a-f]+:\d+/g, '<target>'],
  [/\bip-[\d-]+\.\S+\.internal\b/g, '<node>'],
  [/\bpod IP (?:\d+\.){3}\d+/g, 'pod IP <address>'],
  [/\b(?:sg-0[0-9a-f]+(?:, )?)+/g, '<sg>'],
  [/\b(?:web|other)-[a-z0-9]{8,10}-[a-z0-9]{5}\b/g, '<pod>'],
  [/\bweb-[a-z0-9]{8,10}\b/g, '<replicaset>'],
  [/\bready for \d+ s\b/g, 'ready for <seconds> s'],
];

/** A line with placeholders for what differs from run to run. */
export const blank = (line: string): string => BLANKS.reduce((text, [what, name]) => text.replace(what, name), line);
