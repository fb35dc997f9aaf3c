import { connect } from 'node:net';
import { NAMES } from '../admission/installation.ts';
import { injectionManifests, USUAL_INSTALLATION } from '../admission/manifests.ts';
import { webhookConfiguration } from '../admission/webhook.ts';
import type { KubeApi, NewObject } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { freePorts } from './free-port.ts';
import { applyObjects } from './manifests.ts';
import { until } from './until.ts';

/** The webhook of an operator that runs beside its cluster, as a process of the same machine. */
export type LocalInjection = {
  /** Of `podwire run`, so that it serves where the cluster asks. */
  flags: string[];
  /** Resolves when the operator serves the webhook and the cluster trusts it: from then on pods are protected. */
  served(): Promise<void>;
};

/** Installs namespace, fixed lines and webhook configuration; before the operator is started. `line` is what pods of labelled namespaces get, the shipped one without it. */
export async function installInjection(kube: KubeApi, line?: string): Promise<LocalInjection> {
  const [port] = (await freePorts(1)) as [number];
  const { namespace } = USUAL_INSTALLATION;
  const shipped = injectionManifests(USUAL_INSTALLATION)['podwire-defaults.yaml'] ?? [];
  const fixed = line === undefined ? shipped : shipped.map((one) => ({ ...one, data: { all: line } }));
  await applyObjects(kube, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...(fixed as NewObject[]),
    webhookConfiguration(USUAL_INSTALLATION, `https://127.0.0.1:${port}`) as NewObject,
  ]);
  return {
    flags: ['--inject', 'webhook', '--webhook-address', `127.0.0.1:${port}`, '--own-namespace', namespace],
    served: async () => {
      await until('the webhook is trusted', () => isTrusted(kube));
      await until('the webhook is served', () => isOpen(port));
    },
  };
}

/** The operator writes its authority into every entry. */
async function isTrusted(kube: KubeApi): Promise<boolean> {
  const found = await kube.get(RESOURCES.mutatingWebhookConfiguration, { name: NAMES.webhook });
  const entries = (found?.webhooks ?? []) as { clientConfig?: { caBundle?: string } }[];
  return entries.length > 0 && entries.every(({ clientConfig }) => Boolean(clientConfig?.caBundle));
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
