import { toError } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CallRecord } from './budget.ts';
import { isUnauthenticated } from './errors.ts';
import { Client as ElbClient } from './sdk/elb.ts';

/** What AWS knows us by; the rest of it is nobody's business but the SDK's. */
export type Credentials = {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
};
export type CredentialProvider = () => Promise<Credentials>;

/** The credentials that the SDK finds (environment, web identity, Pod Identity, files), kept until shortly before they expire. */
export function findCredentials(region: string): CredentialProvider {
  const { credentials } = new ElbClient({ region }).config;
  return () => credentials();
}

const LIMIT_MS = 3_000;
/** So that whoever asks every few seconds does not ask the source of credentials as often. */
const AGAIN_MS = 10_000;
const LONGEST = 300;

/** Whether there are credentials, and whether AWS takes them. */
export class CredentialsCheck {
  readonly #provider: CredentialProvider;
  readonly #clock: Clock;
  #refusal: string | undefined;
  #missing: { at: number; trouble: string } | undefined;

  constructor(provider: CredentialProvider, clock: Clock) {
    this.#provider = provider;
    this.#clock = clock;
  }

  /** To be told of every call. One without an answer says nothing of the credentials. */
  note({ action, status, error, code }: Pick<CallRecord, 'action' | 'status' | 'error' | 'code'>): void {
    if (error !== undefined && isUnauthenticated(error)) this.#refusal = `AWS refused them at ${action}: ${code}`;
    else if (error === undefined || status !== undefined) this.#refusal = undefined;
  }

  /** What is wrong, in words; undefined where nothing is known to be. Never throws, and takes 3 s at most. */
  async trouble(): Promise<string | undefined> {
    return (await this.#have()) ?? this.#refusal;
  }

  async #have(): Promise<string | undefined> {
    const now = this.#clock.monotonic();
    if (this.#missing !== undefined && now - this.#missing.at < AGAIN_MS) return this.#missing.trouble;
    const trouble = await this.#look();
    this.#missing = trouble === undefined ? undefined : { at: now, trouble };
    return trouble;
  }

  async #look(): Promise<string | undefined> {
    const ended = new AbortController();
    const late = this.#clock.sleep(LIMIT_MS, ended.signal).then(() => `none were had within ${LIMIT_MS / 1_000} s`);
    try {
      return await Promise.race([this.#provider().then((had) => this.#expired(had)), late]);
    } catch (error) {
      return `none can be had: ${toError(error).message.slice(0, LONGEST)}`;
    } finally {
      ended.abort();
    }
  }

  #expired({ expiration }: Credentials): string | undefined {
    if (expiration === undefined || expiration.getTime() > this.#clock.now()) return undefined;
    return `they expired at ${expiration.toISOString()}`;
  }
}
