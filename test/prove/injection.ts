import { NAMES } from '../../src/admission/installation.ts';
import { injectionPolicy } from '../../src/admission/policy.ts';
import { USUAL_INSTALLATION } from '../../src/admission/manifests.ts';
import { webhookConfiguration } from '../../src/admission/webhook.ts';
import { INJECT } from '../../src/api/pod.ts';
import { freePorts } from '../../src/local/free-port.ts';
import { until } from '../../src/local/until.ts';
import { type Drain, preStopOf } from './budget.ts';
import type { Scale } from './scale.ts';
import type { Injection } from './world.ts';
import { createdPod } from '../created-pod.ts';
import type { Kubectl } from '../kubectl.ts';

type Installed = {
  kubectl: Kubectl;
  scale: Scale;
  options: { injection?: Injection; drain?: Partial<Drain>; controls?: readonly string[] };
};

/** Installs the admission policy or the webhook, as the chart does, and answers with the flags that go with it. */
export async function installInjection({ kubectl, scale, options }: Installed): Promise<string[]> {
  const { injection = 'policy' } = options;
  const { namespace } = USUAL_INSTALLATION;
  const gate = options.controls?.includes('no-gate') !== true;
  const line = `v1;${preStopOf({ scale, options })};${gate};preserve;`;
  await kubectl.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAMES.defaults, namespace }, data: { all: line } },
  );
  if (injection === 'policy') await kubectl.apply(...injectionPolicy(USUAL_INSTALLATION));
  if (injection !== 'webhook') return ['--inject', injection];
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  await kubectl.apply(webhookConfiguration(USUAL_INSTALLATION, `https://${address}`));
  return ['--inject', injection, '--webhook-address', address];
}

const PROBE = 'is-injected';

/**
 * Resolves when the API server writes into the pods of a new namespace, which takes it a moment after the policy or the
 * webhook was made: pods that are older than that are not what a case is about.
 */
export async function injects({ kubectl, options }: Pick<Installed, 'kubectl' | 'options'>): Promise<void> {
  if (options.injection === 'off') return;
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: PROBE, labels: { [INJECT]: 'enabled' } },
  });
  await until('pods are injected', async () => (await createdPod(kubectl, PROBE)).includes('"sleep"'));
}
