import { hashOf } from './canonical.ts';

/** AWS takes 32 characters for the name of a load balancer or target group. */
const HASH = 10;

/** `pw-<8>-<8>-<hash>`: recognisable, and another one as soon as anything in `identity` is. At most 32 characters. */
export const nameOf = (first: string, second: string, identity: unknown): string =>
  ['pw', letters(first, 8), letters(second, 8), hashOf(identity).slice(0, HASH)]
    .filter((part) => part !== '')
    .join('-');

/** Name for an explicit group: `pw-<17>-<hash>`. */
export const groupNameOf = (group: string, identity: unknown): string =>
  ['pw', letters(group, 17), hashOf(identity).slice(0, HASH)].filter((part) => part !== '').join('-');

// Hyphens are dropped too: AWS refuses two in a row, and one at the end.
const letters = (text: string, atMost: number): string => text.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, atMost);
