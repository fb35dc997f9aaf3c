import { ADMISSION_API, NAMES } from '../../src/admission/installation.ts';
import { injectionManifests, USUAL_INSTALLATION } from '../../src/admission/manifests.ts';
import { webhookConfiguration } from '../../src/admission/webhook.ts';
import { type KeyPair, mintCertificate } from '../../src/certificate.ts';
import { until } from '../../src/local/until.ts';
import type { LinesFor } from '../../src/server/review.ts';
import { type AdmissionServer, startAdmission } from '../../src/server/admission.ts';
import type { Kubectl } from '../kubectl.ts';
import type { DryRun } from './admission-client.ts';

/** Who writes into pods during a part of the tests. */
export type Way = 'none' | 'policy' | 'webhook' | 'both';

/** Namespace in which a pod tells whether a way is in force yet; the last whose lines are made, so that those of all others are known too. */
export const PROBE = 'probe';

const PROBE_POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', namespace: PROBE },
  spec: { containers: [{ name: 'app', image: 'example.test/web:1' }] },
};

export type WaysOptions = { kubectl: Kubectl; pods: DryRun; linesFor: LinesFor };

/** Installs policy and webhook, and takes them away again. */
export class Ways {
  /** How often the webhook was asked. */
  reviews = 0;
  /** What the webhook could not read. */
  readonly problems: string[] = [];
  readonly #options: WaysOptions;
  #server: AdmissionServer | undefined;
  #pair: KeyPair | undefined;

  constructor(options: WaysOptions) {
    this.#options = options;
  }

  /** Resolves when the API server acts accordingly. */
  async use(way: Way): Promise<void> {
    const { kubectl } = this.#options;
    const [policy, webhook] = [['policy', 'both'].includes(way), ['webhook', 'both'].includes(way)];
    if (policy) await kubectl.apply(...manifestsOf('podwire-defaults.yaml'), ...manifestsOf('policy.yaml'));
    else await this.#remove('mutatingadmissionpolicybinding', NAMES.policy, NAMES.first);
    if (webhook) await kubectl.apply(await this.configuration());
    else await this.#remove('mutatingwebhookconfiguration', NAMES.webhook);
    await until(`pods are written by ${way}`, async () => {
      const before = this.reviews;
      const written = await this.protects();
      return written === (policy || webhook) && this.reviews > before === webhook;
    });
  }

  /** Whether a pod gets gate and sleep at the moment. */
  async protects(): Promise<boolean> {
    const pod = await this.#options.pods.create(PROBE_POD);
    return (pod.spec as { readinessGates?: unknown }).readinessGates !== undefined;
  }

  /** The shipped webhook configuration, pointed at the server of this process. */
  async configuration(): Promise<object> {
    const { port } = await this.serve();
    const shipped = webhookConfiguration(USUAL_INSTALLATION, `https://127.0.0.1:${port}`);
    const caBundle = Buffer.from(this.#pair?.authority ?? '').toString('base64');
    const webhooks = shipped.webhooks as { clientConfig: object }[];
    const entries = webhooks.map((one) => ({ ...one, clientConfig: { ...one.clientConfig, caBundle } }));
    return { ...shipped, apiVersion: ADMISSION_API, webhooks: entries };
  }

  async serve(port = 0): Promise<AdmissionServer> {
    this.#pair ??= await mintCertificate(['127.0.0.1'], new Date());
    this.#server ??= await startAdmission({
      host: '127.0.0.1',
      port,
      pair: this.#pair,
      controllerId: '',
      linesFor: (...asked) => {
        this.reviews++;
        return this.#options.linesFor(...asked);
      },
      log: { warn: (about: unknown) => void this.problems.push(JSON.stringify(about)) },
    });
    return this.#server;
  }

  /** Ends the server; the configuration stays. */
  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  async #remove(kind: string, ...names: string[]): Promise<void> {
    await this.#options.kubectl('delete', kind, ...names, '--ignore-not-found');
  }
}

export const manifestsOf = (file: string): object[] => injectionManifests(USUAL_INSTALLATION)[file] ?? [];
