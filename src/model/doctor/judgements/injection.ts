import type { DoctorFacts, InjectionFacts, SettingsFacts, WebhookFacts } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';
import { wordsOf } from './words.ts';

const POLICY = 'MutatingAdmissionPolicy pod-drain.podwire.dev';
const WEBHOOK = 'MutatingWebhookConfiguration pod-drain.podwire.dev';
const GUARD = 'ValidatingAdmissionPolicy pod-status-guard.podwire.dev';

const DAY_MS = 86_400_000;
/** The operator renews thirty days ahead: what has less than this was not renewed. */
const SOON_MS = 15 * DAY_MS;

export function judgeInjection(facts: DoctorFacts): Finding[] {
  const { injection, settings } = facts;
  if ('unknown' in injection) return [isSkipped('injection', 'admission', injection.unknown)];
  if (!('value' in settings)) return [];
  const { inject } = settings.value;
  const asked = { facts, settings: settings.value, injection: injection.value };
  if (inject === 'off') return [isSkipped('injection', 'admission', 'inject is off'), ...judgeGuard(asked)];
  return [...judgeWay(asked), ...judgeGuard(asked)];
}

type Asked = { facts: DoctorFacts; settings: SettingsFacts; injection: InjectionFacts };

function judgeWay(asked: Asked): Finding[] {
  const { inject } = asked.settings;
  const byPolicy = inject === 'webhook' ? undefined : judgePolicy(asked);
  if (byPolicy !== undefined) return [byPolicy];
  const { webhook } = asked.injection;
  if ('unknown' in webhook) return [isSkipped('injection', WEBHOOK, webhook.unknown)];
  if (webhook.value !== 'absent') return judgeWebhook(asked, webhook.value);
  const message = `there is neither ${POLICY} nor ${WEBHOOK}`;
  return [found('NothingInjects', { object: 'admission', message, words: wordsOf(asked.facts) })];
}

/** Nothing where it is the webhook that is to be looked at. */
function judgePolicy({ facts, settings, injection }: Asked): Finding | undefined {
  const { policyServed, policy, binding } = injection;
  const only = settings.inject === 'policy';
  const of = { object: POLICY, words: wordsOf(facts) };
  if ('unknown' in policy) return only ? isSkipped('injection', POLICY, policy.unknown) : undefined;
  if (policy.value) return judgeBinding(binding, of);
  if (!only) return undefined;
  const isServed = 'value' in policyServed && policyServed.value;
  if (isServed) return found('NothingInjects', { ...of, message: 'it is not there' });
  return found('PolicyNotServed', { ...of, message: 'admissionregistration.k8s.io/v1 has no such kind here' });
}

function judgeBinding(
  binding: InjectionFacts['binding'],
  of: { object: string; words: Record<string, string> },
): Finding {
  if ('unknown' in binding) return isSkipped('injection', `${POLICY}, its binding`, binding.unknown);
  if (binding.value) return isWell('injection', POLICY, 'is there, and bound');
  return found('PolicyNotBound', { ...of, message: 'it has no binding of its name' });
}

function judgeWebhook({ facts, settings }: Asked, webhook: WebhookFacts): Finding[] {
  const words = { ...wordsOf(facts), namespace: settings.ownNamespace, secret: settings.webhookSecret };
  const untrusting = webhook.untrusting.map((entry) =>
    found('WebhookUntrusted', { object: WEBHOOK, message: `${entry} has no caBundle`, words }),
  );
  const rest = [...judgeCertificate(facts, webhook, words), ...judgeEndpoints(webhook, words)];
  const all = [...untrusting, ...rest];
  return all.length > 0 ? all : [isWell('injection', WEBHOOK, 'is there, trusted and served')];
}

function judgeCertificate({ now }: DoctorFacts, webhook: WebhookFacts, words: Record<string, string>): Finding[] {
  const object = `Secret ${words.namespace}/${words.secret}`;
  const { certificate, untrusting } = webhook;
  if ('unknown' in certificate) return [isSkipped('injection', object, certificate.unknown)];
  if (certificate.value === 'absent')
    return [found('WebhookCertificateMissing', { object, message: 'there is no certificate in it', words })];
  const { expires, trusted } = certificate.value;
  const left = Date.parse(expires) - Date.parse(now);
  if (left <= 0) return [found('WebhookCertificateExpired', { object, message: `expired at ${expires}`, words })];
  if (!trusted && untrusting.length === 0) {
    const message = 'its certificate is signed by no authority that the configuration trusts';
    return [found('WebhookUntrusted', { object, message, words })];
  }
  if (left >= SOON_MS) return [];
  return [found('WebhookCertificateExpires', { object, message: `expires at ${expires}`, words })];
}

function judgeEndpoints({ endpoints }: WebhookFacts, words: Record<string, string>): Finding[] {
  const object = `Service ${words.namespace}/podwire-webhook`;
  if (endpoints === undefined) return [];
  if ('unknown' in endpoints) return [isSkipped('injection', object, endpoints.unknown)];
  return endpoints.value > 0 ? [] : [found('WebhookUnserved', { object, message: 'it has no endpoint', words })];
}

function judgeGuard({ facts, injection: { guard } }: Asked): Finding[] {
  if ('unknown' in guard) return [isSkipped('injection', GUARD, guard.unknown)];
  if (guard.value) return [isWell('injection', GUARD, 'is there')];
  return [found('GuardMissing', { object: GUARD, message: 'it is not there', words: wordsOf(facts) })];
}
