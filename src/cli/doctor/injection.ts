import { X509Certificate } from 'node:crypto';
import { ADMISSION_API, namesOf } from '../../admission/installation.ts';
import type { KubeObject } from '../../kube/api.ts';
import type { Inquiry } from '../../kube/inquiry.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { InjectionFacts, SettingsFacts, WebhookFacts } from '../../model/doctor/facts.ts';
import { readSecretData } from '../../server/certificates.ts';
import { known } from './known.ts';

/** Who writes into pods, and what guards the right to. */
export async function readInjection(inquiry: Inquiry, settings: SettingsFacts): Promise<InjectionFacts> {
  const kinds = inquiry.kinds(ADMISSION_API);
  const policyServed = await known(kinds.then((all) => all.includes(RESOURCES.mutatingAdmissionPolicy.plural)));
  const isServed = 'value' in policyServed && policyServed.value;
  const there = (resource: keyof typeof RESOURCES, name: string) =>
    known(inquiry.get(RESOURCES[resource], { name }).then((object) => object !== undefined));
  const none = { value: false };
  const names = namesOf(settings.controllerId);
  const [policy, binding, guard, webhook] = await Promise.all([
    isServed ? there('mutatingAdmissionPolicy', names.policy) : none,
    isServed ? there('mutatingAdmissionPolicyBinding', names.policy) : none,
    there('validatingAdmissionPolicy', names.guard),
    known(readWebhook(inquiry, settings)),
  ]);
  return { policyServed, policy, binding, guard, webhook };
}

type Entry = {
  name: string;
  clientConfig?: { caBundle?: string; service?: { namespace: string; name: string }; url?: string };
};

async function readWebhook(inquiry: Inquiry, settings: SettingsFacts): Promise<WebhookFacts | 'absent'> {
  const configuration = await inquiry.get(RESOURCES.mutatingWebhookConfiguration, {
    name: namesOf(settings.controllerId).webhook,
  });
  if (configuration === undefined) return 'absent';
  const entries = (configuration.webhooks ?? []) as Entry[];
  const [service] = entries.flatMap(({ clientConfig }) => clientConfig?.service ?? []);
  return {
    untrusting: entries.filter(({ clientConfig }) => !clientConfig?.caBundle).map(({ name }) => name),
    certificate: await known(readCertificate(inquiry, settings, trustedBy(entries))),
    ...(service && { endpoints: await known(countEndpoints(inquiry, service)) }),
  };
}

const trustedBy = (entries: Entry[]): string =>
  entries.map(({ clientConfig }) => Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString('utf8')).join('\n');

type Certificate = { expires: string; trusted: boolean };

async function readCertificate(
  inquiry: Inquiry,
  { ownNamespace: namespace, webhookSecret: name }: SettingsFacts,
  trusted: string,
): Promise<Certificate | 'absent'> {
  const secret = await inquiry.get(RESOURCES.secret, { namespace, name });
  const { current } = readSecretData(secret?.data as Record<string, string> | undefined);
  if (current === undefined) return 'absent';
  const certificate = new X509Certificate(current.certificate);
  return {
    expires: new Date(certificate.validTo).toISOString(),
    trusted: authoritiesIn(trusted).some(({ publicKey }) => certificate.verify(publicKey)),
  };
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

const authoritiesIn = (bundle: string): X509Certificate[] =>
  (bundle.match(PEM) ?? []).map((pem) => new X509Certificate(pem));

type Slice = KubeObject & { endpoints?: { addresses?: string[]; conditions?: { serving?: boolean } }[] };

async function countEndpoints(inquiry: Inquiry, { namespace, name }: { namespace: string; name: string }) {
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = (await inquiry.list(RESOURCES.endpointSlice, { namespace, labelSelector })) as Slice[];
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  return endpoints.filter(({ conditions }) => conditions?.serving !== false).length;
}
