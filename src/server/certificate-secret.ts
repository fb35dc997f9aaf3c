import type { KeyPair } from '../certificate.ts';
import { Retry } from '../errors.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Clock } from '../runtime/clock.ts';
import {
  type Certificates,
  type Circumstances,
  LIFETIME_DAYS,
  nextStep,
  readSecretData,
  secretData,
  takeStep,
  trustOf,
} from './certificates.ts';

type Keeping = {
  kube: Pick<KubeApi, 'get' | 'create' | 'patch'>;
  clock: Clock;
  secret: { namespace: string; name: string };
  /** The webhook configuration that is to trust the certificate, and those of its entries that are ours. */
  configuration: { name: string; entries: readonly string[] };
  /** Host of the Service in front of the webhook: what a certificate is for while no configuration asks anywhere. */
  service: string;
};

type Service = { name: string; namespace: string };
type Entry = { name: string; clientConfig?: { caBundle?: string; url?: string; service?: Service } };

/**
 * The pair to serve with, from the Secret that all replicas share, after the step of its rotation that is due; the webhook configuration
 * trusts it. Throws NotLeader where something is to be written and this replica may not, Retry where another one wrote at the same time.
 */
export async function keepCertificates(keeping: Keeping): Promise<KeyPair> {
  const found = await keeping.kube.get(RESOURCES.mutatingWebhookConfiguration, { name: keeping.configuration.name });
  const entries = ownEntriesOf(found, keeping);
  const names = namesIn(entries);
  const asked = { names: names.length > 0 ? names : [keeping.service], trusted: trustedBy(entries) };
  const held = await turnSecret(keeping, asked);
  if (found !== undefined) await trust(keeping, found, trustOf(held));
  if (held.current === undefined) throw new Retry(`Secret ${keeping.secret.name}: there is no certificate in it yet`);
  return held.current;
}

type Asked = Pick<Circumstances, 'names' | 'trusted'>;

async function turnSecret({ kube, clock, secret }: Keeping, { names, trusted }: Asked): Promise<Certificates> {
  const found = await kube.get(RESOURCES.secret, secret);
  const held = readSecretData(found?.data as Record<string, string> | undefined);
  const now = clock.now();
  const step = nextStep(held, { now, names, trusted });
  if (step === 'keep') return held;
  const turned = await takeStep(held, step, { now, trusted, mint: () => mint(names, now) });
  const data = secretData(turned);
  if (found === undefined) await kube.create(RESOURCES.secret, { metadata: secret, data: withoutNull(data) });
  else {
    const { resourceVersion } = found.metadata;
    await kube.patch(RESOURCES.secret, secret, { type: 'merge', body: { metadata: { resourceVersion }, data } });
  }
  return turned;
}

// Loaded only where the webhook is served: the library takes memory that the operator does without elsewhere.
async function mint(names: string[], now: number): Promise<KeyPair> {
  const { mintCertificate } = await import('../certificate.ts');
  return mintCertificate(names, new Date(now), LIFETIME_DAYS);
}

const withoutNull = (data: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).flatMap(([key, value]) => (value === null ? [] : [[key, value]])));

const entriesOf = (configuration: KubeObject | undefined): Entry[] => (configuration?.webhooks ?? []) as Entry[];

const ownEntriesOf = (configuration: KubeObject | undefined, { configuration: { entries } }: Keeping): Entry[] =>
  entriesOf(configuration).filter(({ name }) => entries.includes(name));

/** Hosts and addresses at which our entries ask: the same for every replica, wherever each of them listens. */
function namesIn(entries: Entry[]): string[] {
  const names = entries.flatMap(({ clientConfig: { url, service } = {} }) => [
    ...(service ? [`${service.name}.${service.namespace}.svc`] : []),
    ...(url === undefined ? [] : [hostIn(url)]),
  ]);
  return [...new Set(names.filter((name) => name !== ''))];
}

const hostIn = (url: string): string => (URL.parse(url)?.hostname ?? '').replace(/^\[(.*)\]$/, '$1');

/** What every one of our entries trusts. */
function trustedBy(entries: Entry[]): string {
  const bundles = entries.map(({ clientConfig }) =>
    Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString('utf8'),
  );
  return bundles.every((bundle) => bundle === bundles[0]) ? (bundles[0] ?? '') : '';
}

async function trust(
  { kube, configuration: { name: wanted, entries } }: Keeping,
  configuration: KubeObject,
  authorities: string,
): Promise<void> {
  const caBundle = Buffer.from(authorities).toString('base64');
  const body = entriesOf(configuration).flatMap(({ name, clientConfig }, index) =>
    !entries.includes(name) || clientConfig?.caBundle === caBundle
      ? []
      : [
          { op: 'test', path: `/webhooks/${index}/name`, value: name },
          { op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle },
        ],
  );
  if (body.length === 0) return;
  await kube.patch(RESOURCES.mutatingWebhookConfiguration, { name: wanted }, { type: 'json', body });
}
