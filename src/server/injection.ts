import { namesOf } from '../admission/installation.ts';
import { Denied, Invalid, NotLeader } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Log } from '../log.ts';
import { type Metrics, noMetrics } from '../metrics.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Address, readAddress } from '../settings/address.ts';
import { type AdmissionServer, type OnAnswer, startAdmission } from './admission.ts';
import { keepCertificates } from './certificate-secret.ts';
import type { KeyPair } from '../certificate.ts';

export type InjectionOptions = {
  /** `get` and writes; a write that only the leader may do throws NotLeader on the others. */
  kube: Pick<KubeApi, 'get' | 'create' | 'patch'>;
  clock: Clock;
  log: Pick<Log, 'info' | 'warn' | 'debug'>;
  settings: InjectionSettings;
  /** The drain lines of a namespace, from memory. */
  linesOf: (namespace: string) => Record<string, string>;
  /** Resolves when the lines are known: before that a replica that knows better may answer. */
  ready: Promise<void>;
  metrics?: Metrics;
};

export type InjectionSettings = {
  controllerId: string;
  inject: 'auto' | 'policy' | 'webhook' | 'off';
  webhookAddress: string;
  webhookSecret: string;
  ownNamespace: string;
};

/** Who writes into pods: `none` where neither policy nor webhook is installed, so that pods are not protected. */
type InjectionWay = 'policy' | 'webhook' | 'none' | 'off';

export type Injection = {
  /** As last seen; undefined until it was looked at for the first time. */
  way(): InjectionWay | undefined;
  /** Where the webhook is served; undefined while it is not. */
  port(): number | undefined;
  /** What is wrong, in words, where the webhook is wanted and not served. */
  trouble(): string | undefined;
  /** Ends after `lingerMs`, in which the webhook goes on answering while the API server turns to other replicas. */
  stop(lingerMs?: number): Promise<void>;
};

const ROUND_MS = 30_000;
const RETRY_MS = 2_000;

const TOLD: Record<InjectionWay, string> = {
  policy: 'the admission policy writes gate, sleep and grace into pods',
  webhook: 'the webhook writes gate, sleep and grace into pods',
  none: 'new pods get neither gate nor sleep: install policy.yaml or webhook.yaml of deploy/injection',
  off: 'nothing is written into pods: --inject off',
};

/** Looks who writes into pods, again and again, and serves the webhook where it is wanted; once served it stays, since both together write nothing twice. Throws Invalid for an address that is none. */
export function startInjection(options: InjectionOptions): Injection {
  const rounds = new Rounds(options);
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  const ended = Promise.race([options.ready, stopped]).then(() =>
    repeat(rounds, { clock: options.clock, signal: stop.signal }),
  );
  return {
    way: () => rounds.way,
    port: () => rounds.server?.port,
    trouble: () => rounds.trouble,
    stop: async (lingerMs = 0) => {
      stop.abort();
      await ended;
      rounds.server?.leave();
      if (rounds.server !== undefined) await options.clock.sleep(lingerMs);
      await rounds.server?.close();
    },
  };
}

async function repeat(rounds: Rounds, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    const well = await rounds.take();
    await clock.sleep(well ? ROUND_MS : RETRY_MS, signal);
  }
}

class Rounds {
  way: InjectionWay | undefined;
  server: AdmissionServer | undefined;
  readonly #options: InjectionOptions;
  readonly #address: Address;
  #serving: KeyPair | undefined;
  #defaults: Record<string, string> = {};
  #trouble: string | undefined;
  readonly #names: ReturnType<typeof namesOf>;

  constructor(options: InjectionOptions) {
    this.#options = options;
    this.#names = namesOf(options.settings.controllerId);
    const { webhookAddress } = options.settings;
    const address = readAddress(webhookAddress);
    if (address === undefined)
      throw new Invalid('--webhook-address', 'wanted host:port, given off; --inject says whether it is served');
    this.#address = address;
  }

  get trouble(): string | undefined {
    const wanted = this.way ?? this.#options.settings.inject;
    return wanted === 'webhook' && this.server === undefined ? (this.#trouble ?? 'not served yet') : undefined;
  }

  /** One look and what follows from it; whether all of it went well. Never throws. */
  async take(): Promise<boolean> {
    try {
      this.#tell(await this.#look());
      if (this.way === 'webhook' || this.server !== undefined) await this.#serve();
      this.#trouble = undefined;
      return true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  async #look(): Promise<InjectionWay> {
    const { inject } = this.#options.settings;
    if (inject === 'off' || inject === 'webhook') return inject;
    if (await this.#policyStands()) return 'policy';
    const { kube } = this.#options;
    const installed =
      inject === 'auto' && (await kube.get(RESOURCES.mutatingWebhookConfiguration, { name: this.#names.webhook }));
    return installed ? 'webhook' : 'none';
  }

  // A server without the kind, or without a right of ours to read it, has no policy of ours that we could count on.
  async #policyStands(): Promise<boolean> {
    const { kube, log } = this.#options;
    const name = this.#names.policy;
    try {
      const policy = await kube.get(RESOURCES.mutatingAdmissionPolicy, { name });
      return policy !== undefined && (await kube.get(RESOURCES.mutatingAdmissionPolicyBinding, { name })) !== undefined;
    } catch (error) {
      log[error instanceof Denied ? 'warn' : 'debug']({ error: String(error) }, 'the admission policy cannot be read');
      return false;
    }
  }

  #tell(way: InjectionWay): void {
    if (way === this.way) return;
    this.way = way;
    this.#options.log[way === 'none' ? 'warn' : 'info']({ injection: way }, TOLD[way]);
  }

  async #serve(): Promise<void> {
    const { kube, clock, settings } = this.#options;
    const { webhook, first } = this.#names;
    const service = `${this.#names.service}.${settings.ownNamespace}.svc`;
    const configuration = { name: webhook, entries: [webhook, first] };
    const pair = await keepCertificates({ kube, clock, secret: this.#secret(), configuration, service });
    this.#defaults = await this.#readDefaults();
    if (this.server === undefined) this.server = await this.#listen(pair);
    else if (pair.certificate !== this.#serving?.certificate) this.server.serveWith(pair);
    this.#serving = pair;
  }

  #secret() {
    const { ownNamespace: namespace, webhookSecret: name } = this.#options.settings;
    return { namespace, name };
  }

  async #readDefaults(): Promise<Record<string, string>> {
    const key = { namespace: this.#options.settings.ownNamespace, name: this.#names.defaults };
    const found = await this.#options.kube.get(RESOURCES.configMap, key);
    return (found?.data ?? {}) as Record<string, string>;
  }

  async #listen(pair: KeyPair): Promise<AdmissionServer> {
    const { linesOf, log, clock, metrics = noMetrics, settings } = this.#options;
    const server = await startAdmission({
      ...this.#address,
      pair,
      controllerId: settings.controllerId,
      log,
      onAnswer: measuring({ clock, metrics }),
      linesFor: (namespace, first) => [linesOf(namespace), ...(first ? [this.#defaults] : [])],
    });
    log.info({ port: server.port }, 'the webhook is served');
    return server;
  }

  // The same trouble again and again is told once.
  #report(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const { log } = this.#options;
    if (error instanceof NotLeader) log.debug({ error: text }, 'the leader keeps the certificate of the webhook');
    else if (text !== this.#trouble) log.warn({ error: text }, 'the webhook cannot be served as it should');
    this.#trouble = text;
  }
}

/** Of each path how many requests there were, how long their answers took, and how many are being answered. */
function measuring({ clock, metrics }: { clock: Clock; metrics: Metrics }): OnAnswer {
  const open = new Map<string, number>();
  metrics.gauge('controller_runtime_webhook_requests_in_flight', () =>
    [...open].map(([webhook, value]) => ({ labels: { webhook }, value })),
  );
  return (webhook) => {
    const begun = clock.monotonic();
    open.set(webhook, (open.get(webhook) ?? 0) + 1);
    return (status) => {
      open.set(webhook, (open.get(webhook) ?? 1) - 1);
      metrics.count('controller_runtime_webhook_requests_total', { webhook, code: String(status) });
      metrics.observe('controller_runtime_webhook_latency_seconds', (clock.monotonic() - begun) / 1_000, { webhook });
    };
  };
}
