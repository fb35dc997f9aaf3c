import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { LocalAws } from '../aws.ts';
import type { LoadBalancer } from '../state.ts';
import { type Asked, decide, sendFixed } from './actions.ts';
import type { ListenerAddress } from './address-book.ts';
import { type Answer, rawAnswer, sendAnswer } from './answers.ts';
import type { Dial } from './data-plane.ts';
import { routedRequest } from './exchange.ts';
import { type ListenerHandlers, type ListenerSocket, openListener } from './listener-socket.ts';
import { NodeLag } from './node-lag.ts';
import { NodeListeners } from './node-listeners.ts';
import { forwardRequest } from './proxy.ts';
import { refusal } from './request-checks.ts';
import type { ClientConnection } from './target-headers.ts';
import { TargetPools } from './target-pools.ts';
import { TlsContexts } from './tls.ts';
import { forwardUpgrade } from './upgrade.ts';
import type { ListenerConfig } from './wanted.ts';

export type NodeOptions = {
  loadBalancerArn: string;
  zone: string;
  /** Loopback address of this node. */
  host: string;
  dial: Dial;
  clientAddress: (remote: string) => string;
  enforceSecurityGroups: boolean;
};

/** One node of a load balancer: its sockets, and its own delayed view of listeners, rules and targets. */
export class LoadBalancerNode {
  readonly options: NodeOptions;
  readonly lag: NodeLag;
  readonly #aws: LocalAws;
  readonly #listeners: NodeListeners<ListenerSocket>;
  readonly #targets: TargetPools;
  readonly #contexts: TlsContexts;

  constructor(aws: LocalAws, options: NodeOptions) {
    this.options = options;
    this.#aws = aws;
    this.lag = new NodeLag(aws, options);
    this.#listeners = new NodeListeners(aws, options, {
      open: (arn, config) => this.#open(arn, config),
      seen: (config, socket) => this.#useCertificates(config, socket),
    });
    this.#targets = new TargetPools(aws, options);
    this.#contexts = new TlsContexts(() => aws.state);
  }

  /** Takes note of the state as it is now; each difference counts once its lag is over. */
  sync(loadBalancer: LoadBalancer): void {
    this.#listeners.sync(loadBalancer, this.lag);
    this.#targets.sync(loadBalancer, this.lag);
  }

  /** Milliseconds until this node has seen all that was said of a target. */
  behind(targetGroupArn: string, key: string): number {
    return this.#targets.behind(targetGroupArn, key);
  }

  addresses(): ListenerAddress[] {
    return this.#listeners.addresses();
  }

  async close(): Promise<void> {
    this.#targets.close();
    await this.#listeners.close();
  }

  #open(arn: string, config: ListenerConfig): Promise<ListenerSocket> {
    const place = { host: this.options.host, port: config.port, idleMs: this.#idleMs() };
    return openListener(place, this.#handlers(arn, config));
  }

  /** Uses the certificates as they are in the store now; re-imported ones replace theirs under the same ARN. */
  #useCertificates({ protocol, certificates }: ListenerConfig, socket: Promise<ListenerSocket>): void {
    const pem = this.#contexts.fallback(certificates);
    if (!pem || protocol !== 'HTTPS') return;
    void socket.then(({ server }) => (server as https.Server).setSecureContext(pem));
  }

  #handlers(arn: string, { port, protocol }: ListenerConfig): ListenerHandlers {
    const config = (): ListenerConfig | undefined => this.#listeners.config(arn);
    return {
      admits: (client) => this.#listeners.admits(client, port),
      handle: (request, response) => this.#handle({ request, response }, config()),
      upgrade: (request, socket, head) => this.#upgrade({ request, socket, head }, config()),
      ...(protocol === 'HTTPS' && {
        contextFor: (host: string) => this.#contexts.forHost(host, config()?.certificates ?? []),
      }),
    };
  }

  #handle(
    { request, response }: { request: IncomingMessage; response: ServerResponse },
    config: ListenerConfig | undefined,
  ): void {
    const client = this.#client(request, config);
    const refused = refusal({ request }) ?? (config ? undefined : GONE);
    if (refused || !config) return sendAnswer(response, refused ?? GONE);
    const decision = decide(config.rules, this.#asked(request, client));
    if (decision.kind === 'answer') return sendAnswer(response, decision.answer);
    if (decision.kind === 'fixed') return sendFixed(response, decision);
    const picked = this.#targets.pick(decision.targetGroupArn);
    if ('status' in picked) return sendAnswer(response, picked);
    const times = { clock: this.#aws.clock, idleMs: this.#idleMs() };
    return forwardRequest({ request, response, client }, picked, times);
  }

  #upgrade(
    upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer },
    config: ListenerConfig | undefined,
  ): void {
    const client = this.#client(upgrade.request, config);
    const refused = refusal(upgrade) ?? (config ? undefined : GONE);
    const decision = config && !refused ? decide(config.rules, this.#asked(upgrade.request, client)) : undefined;
    const picked = decision?.kind === 'forward' ? this.#targets.pick(decision.targetGroupArn) : (refused ?? NO_SWITCH);
    if ('status' in picked) upgrade.socket.end(rawAnswer(picked));
    else forwardUpgrade({ ...upgrade, client }, picked, this.#aws.clock);
  }

  #asked(request: IncomingMessage, client: ClientConnection): Asked {
    return { routed: routedRequest({ request, client }), client, chance: this.#aws.clock.random() };
  }

  #client(request: IncomingMessage, config: ListenerConfig | undefined): ClientConnection {
    return {
      address: this.options.clientAddress(request.socket.remoteAddress ?? ''),
      port: request.socket.remotePort ?? 0,
      protocol: (request.socket as TLSSocket).encrypted ? 'https' : 'http',
      listenerPort: config?.port ?? 0,
      attributes: this.#loadBalancer()?.attributes ?? {},
    };
  }

  #loadBalancer(): LoadBalancer | undefined {
    return this.#aws.state.loadBalancers.get(this.options.loadBalancerArn);
  }

  #idleMs(): number {
    return Number(this.#loadBalancer()?.attributes['idle_timeout.timeout_seconds'] ?? 60) * 1000;
  }
}

const GONE: Answer = { status: 503, reason: 'the listener is being removed' };
const NO_SWITCH: Answer = { status: 400, reason: 'no rule forwards this protocol switch to a target' };
