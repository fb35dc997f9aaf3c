import { INJECT } from '../api/pod.ts';
import { MATCH_CONDITIONS } from './conditions.ts';
import {
  ADMISSION_API,
  excludedNamespaces,
  type Installation,
  type Manifest,
  namesOf,
  POD_CREATION,
} from './installation.ts';

/** Paths of the webhook server: with the lines of the pod's namespace, and with those for labelled namespaces as well. */
export const WEBHOOK_PATHS = { lines: '/pods', first: '/pods/first' } as const;

/** For how long the API server waits for the webhook, seconds; then the pod is created without protection. */
export const WEBHOOK_SECONDS = 2;

/**
 * What asks the webhook: the API server tells a labelled namespace, also one that was made just before the pod, by the entry it asks.
 * At `url` where one is given, else through the Service. The operator writes the authority of its certificate into it.
 */
export function webhookConfiguration(installation: Installation, url?: string): Manifest {
  const excluded = excludedNamespaces(installation);
  const names = namesOf(installation.controllerId);
  const labelled = (operator: string) => ({ key: INJECT, operator, values: ['enabled'] });
  const entry = (name: string, path: string, operator: string): object => ({
    name,
    clientConfig: url === undefined ? { service: serviceOf(installation, path) } : { url: `${url}${path}` },
    rules: [{ ...POD_CREATION, scope: 'Namespaced' }],
    namespaceSelector: { matchExpressions: [excluded, labelled(operator)] },
    matchConditions: MATCH_CONDITIONS,
    matchPolicy: 'Equivalent',
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Ignore',
    timeoutSeconds: WEBHOOK_SECONDS,
    reinvocationPolicy: 'IfNeeded',
  });
  return {
    apiVersion: ADMISSION_API,
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: names.webhook },
    webhooks: [entry(names.webhook, WEBHOOK_PATHS.lines, 'NotIn'), entry(names.first, WEBHOOK_PATHS.first, 'In')],
  };
}

const serviceOf = ({ namespace, controllerId }: Installation, path: string) => ({
  name: namesOf(controllerId).service,
  namespace,
  port: 443,
  path,
});

/** The Service in front of the operator's webhook servers: every replica is Ready once it serves, whoever holds the lease. */
export const webhookService = ({ namespace, controllerId }: Installation): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: namesOf(controllerId).service, namespace },
  spec: {
    selector: { 'app.kubernetes.io/name': 'podwire' },
    ports: [{ name: 'webhook', port: 443, targetPort: 'webhook' }],
  },
});
