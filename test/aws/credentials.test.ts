import { expect, test } from 'vitest';
import { type Credentials, CredentialsCheck } from '../../src/aws/credentials.ts';
import { translateError } from '../../src/aws/errors.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const KEY: Credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

function check(provider: () => Promise<Credentials>) {
  const clock = new VirtualClock();
  return { clock, known: new CredentialsCheck(provider, clock) };
}

const refused = (code: string) => ({
  action: 'DescribeTags',
  status: 403,
  code,
  error: translateError(
    Object.assign(new Error('no'), { name: code, $metadata: { httpStatusCode: 403 } }),
    'elasticloadbalancing:DescribeTags',
  ),
});
const DONE = { action: 'DescribeTags', status: 200, code: '' };

test('R9: credentials that can be had and were not refused are fine', async () => {
  const { known } = check(async () => KEY);
  expect(await known.trouble()).toBeUndefined();
});

test.each(['ExpiredToken', 'InvalidClientTokenId', 'SignatureDoesNotMatch', 'AuthFailure', 'RequestExpired'])(
  'R9: credentials that AWS answers with %s are none, until a call is answered otherwise',
  async (code) => {
    const { known } = check(async () => KEY);
    known.note(refused(code));
    expect(await known.trouble()).toBe(`AWS refused them at DescribeTags: ${code}`);
    known.note(DONE);
    expect(await known.trouble()).toBeUndefined();
  },
);

test('R9: a missing right, or no answer at all, says nothing against the credentials', async () => {
  const { known } = check(async () => KEY);
  known.note(refused('AccessDenied'));
  expect(await known.trouble()).toBeUndefined();
  known.note(refused('ExpiredToken'));
  known.note({ action: 'DescribeTags', status: undefined, code: 'ECONNRESET', error: new Error('broken') });
  expect(await known.trouble()).toBe('AWS refused them at DescribeTags: ExpiredToken');
});

test('R9: credentials past their time are none', async () => {
  const { clock, known } = check(async () => ({ ...KEY, expiration: new Date(Date.UTC(2026, 0, 1, 1)) }));
  expect(await known.trouble()).toBeUndefined();
  await clock.advance(3_700_000);
  expect(await known.trouble()).toBe('they expired at 2026-01-01T01:00:00.000Z');
});

test('R9: a source without credentials is asked again after 10 s, and a hanging one is waited for 3 s', async () => {
  let asked = 0;
  let answer: () => Promise<Credentials> = () => Promise.reject(new Error('Could not load credentials'));
  const { clock, known } = check(() => {
    asked++;
    return answer();
  });
  expect(await known.trouble()).toBe('none can be had: Could not load credentials');
  expect(await known.trouble()).toBe('none can be had: Could not load credentials');
  expect(asked).toBe(1);
  await clock.advance(10_000);
  answer = () => new Promise(() => undefined);
  const waited = known.trouble();
  await clock.advance(3_000);
  expect(await waited).toBe('none were had within 3 s');
  await clock.advance(10_000);
  answer = async () => KEY;
  expect(await known.trouble()).toBeUndefined();
  expect(asked).toBe(3);
});
