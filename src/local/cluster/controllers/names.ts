import { createHash } from 'node:crypto';
import type { Clock } from '../../../runtime/clock.ts';

/** The letters Kubernetes uses in generated names: none that could spell a word or be misread. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const LONGEST_BASE = 58; // 63 less the suffix

/** A name no other object is likely to have: the base, and five random letters. */
export function generatedName(base: string, clock: Clock): string {
  const letters = Array.from({ length: 5 }, () => ALPHABET[Math.floor(clock.random() * ALPHABET.length)]);
  return base.slice(0, LONGEST_BASE) + letters.join('');
}

/** Ten letters that stand for a value: equal for equal values, whatever the order of their keys. */
export function hashName(value: unknown): string {
  const bytes = createHash('sha256').update(canonicalJson(value)).digest().subarray(0, 10);
  return [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** JSON with sorted keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
