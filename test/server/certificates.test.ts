import { X509Certificate } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { NAMES } from '../../src/admission/installation.ts';
import { webhookConfiguration } from '../../src/admission/webhook.ts';
import { mintCertificate } from '../../src/certificate.ts';
import { NotLeader, Retry } from '../../src/errors.ts';
import type { KubeApi, NewObject } from '../../src/kube/api.ts';
import { fencedKube } from '../../src/kube/fence.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { createCluster } from '../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../src/local/cluster/api/kube-api.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { keepCertificates } from '../../src/server/certificate-secret.ts';
import { nextStep, OVERLAP_MS, readSecretData } from '../../src/server/certificates.ts';

const INSTALLATION = { namespace: 'podwire-system', serviceAccount: 'podwire' };
const SECRET = { namespace: 'podwire-system', name: 'podwire-webhook' };
const HOST = 'podwire-webhook.podwire-system.svc';
const DAY = 86_400_000;
const LOOK_MS = DAY / 4;

let clock: VirtualClock;
let kube: KubeApi;

beforeEach(async () => {
  clock = new VirtualClock();
  kube = localKubeApi(createCluster({ clock }));
  await kube.create(RESOURCES.namespace, { metadata: { name: SECRET.namespace } });
  await kube.create(RESOURCES.mutatingWebhookConfiguration, webhookConfiguration(INSTALLATION) as NewObject);
});

const configuration = { name: NAMES.webhook, entries: [NAMES.webhook, NAMES.first] };
const keep = (api: KubeApi = kube) =>
  keepCertificates({ kube: api, clock, secret: SECRET, configuration, service: HOST });

/** Lets the second entry ask at an address of its own. */
async function askAt(url: string): Promise<void> {
  const body = [{ op: 'replace', path: '/webhooks/1/clientConfig', value: { url } }];
  await kube.patch(RESOURCES.mutatingWebhookConfiguration, { name: NAMES.webhook }, { type: 'json', body });
}

type Entry = { name: string; clientConfig: { caBundle?: string } };

async function bundles(): Promise<string[]> {
  const found = await kube.get(RESOURCES.mutatingWebhookConfiguration, { name: NAMES.webhook });
  const entries = found?.webhooks as Entry[];
  return entries.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString('utf8'));
}

const authoritiesIn = (bundle: string): X509Certificate[] =>
  (bundle.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map((pem) => new X509Certificate(pem));

/** Whether the API server would accept the certificate at this moment, whichever entry it asks. */
async function isTrusted(certificate: string): Promise<boolean> {
  const read = new X509Certificate(certificate);
  const inTime = Date.parse(read.validFrom) <= clock.now() && clock.now() < Date.parse(read.validTo);
  const all = await bundles();
  return inTime && all.every((one) => authoritiesIn(one).some((by) => read.verify(by.publicKey)));
}

test('H3: the first replica mints a certificate, every entry of the webhook trusts it, and the others serve with the same', async () => {
  const pair = await keep();
  expect(new X509Certificate(pair.certificate).checkHost(HOST)).toBe(HOST);
  expect(await bundles()).toEqual([`${pair.authority}\n`, `${pair.authority}\n`]);
  expect(await keep()).toEqual(pair);
});

test('of two that mint at the same moment one wins, and the other serves with its certificate the next time', async () => {
  const [first, second] = await Promise.allSettled([keep(), keep()]);
  const won = [first, second].flatMap((one) => (one.status === 'fulfilled' ? [one.value.certificate] : []));
  const lost = [first, second].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  expect(lost.every((error) => error instanceof Retry)).toBe(true);
  expect(won).toContain((await keep()).certificate);
  expect(await isTrusted((await keep()).certificate)).toBe(true);
});

test('H3: over a year two replicas that look at different times always serve what is trusted', async () => {
  const served: string[] = [(await keep()).certificate, (await keep()).certificate];
  const seen = new Set(served);
  const widths = new Set<number>();
  for (let look = 0; look < (365 * DAY) / LOOK_MS; look++) {
    const replica = look % 2;
    served[replica] = (await keep()).certificate;
    for (const certificate of served) {
      seen.add(certificate);
      if (!(await isTrusted(certificate))) throw new Error(`look ${look}: a served certificate is not trusted`);
    }
    widths.add(authoritiesIn((await bundles())[0] ?? '').length);
    await clock.advance(LOOK_MS);
  }
  expect(seen.size).toBe(7);
  expect(widths).toEqual(new Set([1, 2]));
}, 60_000);

test('H3: a new certificate is not served before the API server trusts it', async () => {
  const [current, next] = await Promise.all([mint(0), mint(1)]);
  const held = { current, next, changedAt: clock.now() - OVERLAP_MS };
  const at = { now: clock.now(), names: [HOST] };
  expect(nextStep(held, { ...at, trusted: current.authority })).toBe('keep');
  expect(nextStep(held, { ...at, trusted: current.authority + next.authority })).toBe('switch');
  expect(nextStep({ ...held, changedAt: clock.now() }, { ...at, trusted: current.authority + next.authority })).toBe(
    'keep',
  );
});

const mint = (days: number) => mintCertificate([HOST], new Date(clock.now() + days * 1_000), 90);

test('a Secret that was deleted is made again, and what other replicas still serve stays trusted', async () => {
  const before = await keep();
  await kube.delete(RESOURCES.secret, SECRET);
  const after = await keep();
  expect(after.certificate).not.toBe(before.certificate);
  expect(await isTrusted(before.certificate)).toBe(true);
  expect(await isTrusted(after.certificate)).toBe(true);
  await clock.advance(OVERLAP_MS);
  await keep();
  expect(await isTrusted(before.certificate)).toBe(false);
  expect(await isTrusted(after.certificate)).toBe(true);
});

test.each([
  ['no certificate at all', { 'tls.crt': 'bm90aGluZw==' }],
  [
    'a key that belongs to another',
    async () => ({ 'tls.key': Buffer.from((await mint(2)).privateKey).toString('base64') }),
  ],
  [
    'an authority that did not sign it',
    async () => ({ 'ca.crt': Buffer.from((await mint(3)).authority).toString('base64') }),
  ],
])('a Secret with %s is replaced', async (_, data) => {
  await keep();
  const spoilt = typeof data === 'function' ? await data() : data;
  await kube.patch(RESOURCES.secret, SECRET, { type: 'merge', body: { data: spoilt } });
  expect(
    readSecretData((await kube.get(RESOURCES.secret, SECRET))?.data as Record<string, string>).current,
  ).toBeUndefined();
  expect(await isTrusted((await keep()).certificate)).toBe(true);
});

test('it is for whatever the API server asks, one for something else is replaced, and one that has expired too', async () => {
  const before = await keep();
  await askAt('https://127.0.0.1:9443/pods');
  const moved = await keep();
  expect(moved.certificate).not.toBe(before.certificate);
  expect(new X509Certificate(moved.certificate).checkIP('127.0.0.1')).toBe('127.0.0.1');
  await clock.advance(91 * DAY);
  expect(await isTrusted(moved.certificate)).toBe(false);
  expect(await isTrusted((await keep()).certificate)).toBe(true);
});

test('a bundle that somebody overwrote is written again', async () => {
  const pair = await keep();
  const body = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: '' }];
  await kube.patch(RESOURCES.mutatingWebhookConfiguration, { name: NAMES.webhook }, { type: 'json', body });
  expect(await isTrusted(pair.certificate)).toBe(false);
  await keep();
  expect(await isTrusted(pair.certificate)).toBe(true);
});

test('a replica that may not write serves with what is there, and says so where nothing is', async () => {
  const standby = fencedKube(kube, () => {
    throw new NotLeader('this replica waits');
  });
  await expect(keep(standby)).rejects.toThrow(NotLeader);
  const pair = await keep();
  expect(await keep(standby)).toEqual(pair);
});
