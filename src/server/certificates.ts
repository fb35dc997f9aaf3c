import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { KeyPair } from '../certificate.ts';

/** What the webhook serves with and what is trusted, as one Secret holds it for all replicas. */
export type Certificates = {
  current?: KeyPair;
  /** Minted, and trusted before anybody serves with it. */
  next?: KeyPair;
  /** Authority of the pair before, trusted until nobody serves with it. */
  previous?: string;
  /** Milliseconds since 1970 of the last step. */
  changedAt: number;
};

/** `names`: hosts and addresses the webhook is asked at; `trusted`: what the API server trusts at the moment, PEM. */
export type Circumstances = { now: number; names: string[]; trusted: string };

/** `renew` replaces what cannot serve, at once; `prepare`, `switch` and `forget` are the rotation, in this order. */
export type Step = 'keep' | 'renew' | 'prepare' | 'switch' | 'forget';

const DAY = 86_400_000;
export const LIFETIME_DAYS = 90;
const PREPARED_AHEAD_MS = 30 * DAY;
/** Between two steps: far longer than replicas and API servers take to learn of one. */
export const OVERLAP_MS = 600_000;

/** The next step of the rotation. A pair is served only once the API server trusts it, and its authority is trusted until nobody serves with it. */
export function nextStep({ current, next, previous, changedAt }: Certificates, circumstances: Circumstances): Step {
  const { now, trusted } = circumstances;
  if (current === undefined || !serves(current, circumstances)) return 'renew';
  const settled = Math.abs(now - changedAt) >= OVERLAP_MS; // a clock that was set back does not stop it for ever
  if (next !== undefined) return settled && trusted.includes(next.authority.trim()) ? 'switch' : 'keep';
  if (previous !== undefined) return settled ? 'forget' : 'keep';
  return endOf(current) - now < PREPARED_AHEAD_MS ? 'prepare' : 'keep';
}

/** The certificates after a step; `mint` makes a new pair where the step needs one. */
export async function takeStep(
  held: Certificates,
  step: Step,
  { now, trusted, mint }: Pick<Circumstances, 'now' | 'trusted'> & { mint: () => Promise<KeyPair> },
): Promise<Certificates> {
  const { current, next } = held;
  if (step === 'renew') {
    // The Secret may be gone while other replicas still serve with what was in it.
    const previous = isCertificate(trusted) ? trusted : current?.authority;
    return { current: await mint(), ...(previous !== undefined && { previous }), changedAt: now };
  }
  if (step === 'prepare' && current) return { current, next: await mint(), changedAt: now };
  if (step === 'switch' && current && next) return { current: next, previous: current.authority, changedAt: now };
  if (step === 'forget' && current) return { current, changedAt: now };
  return held;
}

/** Every authority that is to be trusted, PEM. */
export const trustOf = ({ previous, current, next }: Certificates): string =>
  [previous, current?.authority, next?.authority]
    .filter((pem) => pem !== undefined)
    .map((pem) => `${pem.trim()}\n`)
    .join('');

const endOf = ({ certificate }: KeyPair): number => Date.parse(new X509Certificate(certificate).validTo);

function serves({ certificate }: KeyPair, { now, names }: Circumstances): boolean {
  const read = new X509Certificate(certificate);
  const inTime = Date.parse(read.validFrom) <= now && now < Date.parse(read.validTo);
  return inTime && names.every((name) => (isIP(name) === 0 ? read.checkHost(name) : read.checkIP(name)) !== undefined);
}

const KEYS = {
  current: { certificate: 'tls.crt', privateKey: 'tls.key', authority: 'ca.crt' },
  next: { certificate: 'next-tls.crt', privateKey: 'next-tls.key', authority: 'next-ca.crt' },
} as const;
const PREVIOUS = 'previous-ca.crt';
const CHANGED_AT = 'changed-at';

/** The `data` of the Secret; null for what is no longer in it. */
export function secretData({ current, next, previous, changedAt }: Certificates): Record<string, string | null> {
  const pair = (which: 'current' | 'next', held: KeyPair | undefined) =>
    Object.entries(KEYS[which]).map(([field, key]) => [key, held?.[field as keyof KeyPair]] as const);
  const all = [
    ...pair('current', current),
    ...pair('next', next),
    [PREVIOUS, previous] as const,
    [CHANGED_AT, new Date(changedAt).toISOString()] as const,
  ];
  return Object.fromEntries(
    all.map(([key, text]) => [key, text === undefined ? null : Buffer.from(text).toString('base64')]),
  );
}

/** What the Secret holds; what is not a certificate with its own key in it counts as missing. */
export function readSecretData(data: Record<string, string> = {}): Certificates {
  const text = (key: string): string | undefined =>
    data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
  const pair = (which: 'current' | 'next'): Partial<KeyPair> =>
    Object.fromEntries(Object.entries(KEYS[which]).map(([field, key]) => [field, text(key)]));
  const [current, next] = [wholePair(pair('current')), wholePair(pair('next'))];
  const previous = text(PREVIOUS);
  const changedAt = Date.parse(text(CHANGED_AT) ?? '');
  return {
    ...(current && { current }),
    ...(next && { next }),
    ...(previous !== undefined && isCertificate(previous) && { previous }),
    changedAt: Number.isFinite(changedAt) ? changedAt : 0,
  };
}

function wholePair({ certificate, privateKey, authority }: Partial<KeyPair>): KeyPair | undefined {
  if (certificate === undefined || privateKey === undefined || authority === undefined) return undefined;
  try {
    const [read, issuer] = [new X509Certificate(certificate), new X509Certificate(authority)];
    const fits = read.checkPrivateKey(createPrivateKey(privateKey)) && read.verify(issuer.publicKey);
    return fits ? { certificate, privateKey, authority } : undefined;
  } catch {
    return undefined;
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}
