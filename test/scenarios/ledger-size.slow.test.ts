import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { ingress, prefixed, service, slice } from './manifests.ts';
import { awsShape } from './shape.ts';
import { openWorld, type World } from './world.ts';

const MEMBERS = 20;
const KIB = 1_024;
const LEDGER = 'group.front';

let world: World;
afterEach(() => world.kill());

/** As many characters that look like nothing else, so that they do not become shorter by being packed. */
const noise = (of: string, length: number): string => {
  const parts = Array.from({ length: Math.ceil(length / 86) }, (_, at) =>
    createHash('sha512').update(`${of} ${at}`).digest('base64url'),
  );
  return parts.join('').slice(0, length);
};

const BLANKS = [' ', '\n', '\t', '\r'];
/** Noise that JSON takes for nothing. */
const blanks = (of: string, length: number): string =>
  Array.from(noise(of, length), (letter) => BLANKS[letter.charCodeAt(0) % BLANKS.length]).join('');

/** An action of which that many characters mean nothing, and which is read all the same. */
const padded = (of: string, length: number): string =>
  `{${blanks(of, length)}"type":"fixed-response","fixedResponseConfig":{"statusCode":"200","messageBody":"${of}"}}`;

const names = Array.from({ length: MEMBERS }, (_, at) => `m${String(at).padStart(2, '0')}`);

const member = (name: string, annotations: Record<string, string>): object =>
  ingress({
    name,
    rules: [{ host: `${name}.example.com`, service: 'answer', port: 'use-annotation' }],
    annotations: {
      'group.name': 'front',
      'actions.answer': `{"type":"fixed-response","fixedResponseConfig":{"statusCode":"200"}}`,
      ...annotations,
    },
  });

/** A group of twenty, each annotated as told, and a shop beside it. */
async function opened(annotate: (name: string) => Record<string, string>): Promise<void> {
  world = await openWorld();
  await world.apply(
    service({ name: 'web' }),
    slice({ service: 'web', addresses: ['10.0.1.50', '10.0.2.50'] }),
    ingress({ name: 'beside', rules: [{ host: 'beside.example.com', service: 'web' }] }),
  );
  for (const name of names) await world.apply(member(name, annotate(name)));
  await world.start();
  await world.advance(60_000);
}

const hostsServed = (): string[] =>
  names.filter((name) => awsShape(world).some((line) => line.startsWith('rule') && line.includes(`"${name}.example`)));

type Status = { members?: { name: string; accepted: boolean; message: string; lastGood?: string }[] };
const ledger = async (): Promise<Status> =>
  ((await world.kube.get(RESOURCES.loadBalancer, { name: LEDGER }))?.['status'] ?? {}) as Status;
const accepted = async (): Promise<string[]> =>
  ((await ledger()).members ?? []).filter((one) => one.accepted).map(({ name }) => name);
const addressOf = async (name: string): Promise<unknown> =>
  JSON.stringify((await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name }))?.['status'] ?? '');

/** What AWS has is what the cluster wants, and is known to be so: no pass fails. */
async function expectSettled(): Promise<void> {
  expect(world.log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  expect(Buffer.byteLength(JSON.stringify(await ledger()))).toBeLessThan(1_500 * KIB);
  expect(await addressOf('m00')).toContain('hostname');
}

const HARMLESS: Record<string, (name: string) => Record<string, string>> = {
  'for a backend there is not': (name) => ({ 'actions.nobody': padded(name, 250 * KIB) }),
  'of ours that nobody knows': (name) => ({ 'no-such-key': noise(name, 250 * KIB) }),
};

test.each(Object.entries(HARMLESS))(
  'bad input: 20 members of a group with annotations of 250 KiB %s are served, and their last good inputs are kept',
  async (_, annotate) => {
    await opened(annotate);
    expect(hostsServed()).toEqual(names);
    expect(await accepted()).toEqual(names);
    await expectSettled();
    await world.annotate('m07', prefixed({ scheme: 'public' }));
    await world.restart();
    await world.advance(60_000);
    expect(hostsServed()).toEqual(names);
    expect(await accepted()).toEqual(names.filter((name) => name !== 'm07'));
  },
);

test('bad input: of 20 members that need 250 KiB of an annotation each is refused with the field that is too long, and nothing else is touched', async () => {
  await opened(() => ({}));
  const before = awsShape(world);
  expect(hostsServed()).toEqual(names);
  for (const name of names) await world.annotate(name, prefixed({ 'actions.answer': padded(name, 250 * KIB) }));
  await world.advance(60_000);
  expect(await accepted()).toEqual([]);
  for (const { name, message } of (await ledger()).members ?? [])
    expect(message).toMatch(
      new RegExp(
        `^Ingress shop/${name} metadata.annotations\\[alb.ingress.kubernetes.io/actions.answer\\]: wanted .* at most 65536 bytes .*; given \\d+ bytes`,
      ),
    );
  expect((await world.events('m07')).join('\n')).toMatch(/TooLong: .*actions.answer.* at most 65536 bytes/);
  expect(awsShape(world)).toEqual(before); // all are served as they were
  await world.restart();
  await world.annotate('m07', prefixed({ 'actions.answer': padded('m07', KIB) }));
  await world.advance(60_000);
  expect(await accepted()).toEqual(['m07']);
  expect(hostsServed()).toEqual(names);
});

test('bad input: of 20 members that are too long together those that there is room for are served, the others are told, and all heals', async () => {
  await opened((name) => ({ 'actions.answer': padded(name, 98 * KIB) }));
  const served = await accepted();
  expect(served.length).toBeGreaterThan(10);
  expect(served.length).toBeLessThan(MEMBERS);
  expect(hostsServed()).toEqual(served);
  await expectSettled();
  const refused = ((await ledger()).members ?? []).filter((one) => !one.accepted);
  for (const { message } of refused) expect(message).toMatch(/wanted Ingresses of one group that take at most 1048576/);
  const before = awsShape(world);
  await world.restart();
  await world.advance(60_000);
  expect(awsShape(world)).toEqual(before);
  for (const { name } of refused) await world.annotate(name, prefixed({ 'actions.answer': padded(name, KIB) }));
  await world.advance(60_000);
  expect(hostsServed()).toEqual(names);
  expect(await accepted()).toEqual(names);
});

test('bad input: control: what is kept without bounds the API server refuses', async () => {
  await opened(() => ({}));
  const lastGood = 'x'.repeat(80 * KIB);
  const members = names.map((name) => ({
    namespace: 'shop',
    name,
    uid: name,
    accepted: true,
    reason: '',
    message: '',
    lastGood,
  }));
  const patch = { type: 'merge' as const, subresource: 'status' as const, body: { status: { members } } };
  await expect(world.kube.patch(RESOURCES.loadBalancer, { name: LEDGER }, patch)).rejects.toThrow(
    'request is too large',
  );
});
