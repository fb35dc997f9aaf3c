import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../../src/admission/installation.ts';
import { webhookConfiguration, webhookService } from '../../../src/admission/webhook.ts';
import { mintCertificate } from '../../../src/certificate.ts';
import type { Terminal } from '../../../src/cli/command.ts';
import { command } from '../../../src/cli/doctor.ts';
import type { NewObject, Resource } from '../../../src/kube/api.ts';
import { microTime } from '../../../src/kube/micro-time.ts';
import { RESOURCES, resourceOf } from '../../../src/kube/resources.ts';
import { addInstance } from '../../../src/local/aws/network.ts';
import { type RunningLocalAws, startLocalAws } from '../../../src/local/aws/server.ts';
import { type LocalApiServer, startLocalApiServer } from '../../../src/local/cluster/api/server.ts';
import { localNodes, registerNode } from '../../../src/local/cluster/kubelet/node.ts';
import { applyObjects, readManifests } from '../../../src/local/manifests.ts';
import { shippedFile } from '../../../src/local/package-root.ts';
import type { Finding } from '../../../src/model/doctor/finding.ts';
import { realClock as clock } from '../../../src/runtime/clock.ts';
import { secretData } from '../../../src/server/certificates.ts';
import { type Front, OWN_NAMESPACE, startFront } from './front.ts';

export { OWN_NAMESPACE } from './front.ts';

export type Said = { code: number; findings: Finding[] };
export type Run = { code: number; out: string[]; told: string[] };

const INSTALLATION = { namespace: OWN_NAMESPACE, serviceAccount: 'podwire' };
export const CRD: Resource = {
  ...resourceOf('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions'),
  namespaced: false,
};

type Parts = { aws: RunningLocalAws; server: LocalApiServer; toAws: Front; toKube: Front; dir: string };

/** A healthy installation as doctor finds it, over HTTP: local AWS, the local API server, and what a release leaves there. */
export class DoctorWorld {
  readonly aws: RunningLocalAws;
  readonly server: LocalApiServer;
  readonly toAws: Front;
  readonly toKube: Front;
  readonly dir: string;

  private constructor(parts: Parts) {
    this.aws = parts.aws;
    this.server = parts.server;
    this.toAws = parts.toAws;
    this.toKube = parts.toKube;
    this.dir = parts.dir;
  }

  static async open(): Promise<DoctorWorld> {
    const dir = await mkdtemp(join(tmpdir(), 'podwire-doctor-'));
    const [aws, server] = await Promise.all([startLocalAws(), startLocalApiServer()]);
    const [toAws, toKube] = await Promise.all([startFront(aws.url), startFront(server.url)]);
    const world = new DoctorWorld({ aws, server, toAws, toKube, dir });
    await writeFile(world.kubeconfig, server.kubeconfig().replaceAll(server.url, toKube.url));
    for (const file of await readdir(shippedFile('crds')))
      await applyObjects(world.kube, await readManifests(shippedFile('crds', file)));
    await world.#install();
    return world;
  }

  async close(): Promise<void> {
    await Promise.all([this.aws.close(), this.server.close(), this.toAws.close(), this.toKube.close()]);
    await rm(this.dir, { recursive: true });
  }

  get kube() {
    return this.server.api;
  }

  get kubeconfig(): string {
    return join(this.dir, 'kubeconfig');
  }

  async #install(): Promise<void> {
    for (const name of ['kube-system', 'shop', OWN_NAMESPACE])
      await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }).catch(() => undefined);
    for (const node of localNodes()) {
      addInstance(this.aws.aws, { id: node.instanceId, zone: node.zone, privateAddresses: [node.address] });
      await registerNode(this.kube, clock, node);
    }
    await this.addPod('podwire-1');
    await this.addPod('podwire-2');
    await this.hold('podwire-1_7f0e', 1_000);
    await this.serveWebhook();
    const spec = { controller: 'podwire.dev/alb' };
    await this.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'podwire' }, spec });
  }

  async rewriteKubeconfig(change: (text: string) => string): Promise<void> {
    await writeFile(this.kubeconfig, change(await readFile(this.kubeconfig, 'utf8')));
  }

  async apply(...objects: object[]): Promise<void> {
    await applyObjects(this.kube, objects as NewObject[]);
  }

  /** A pod of an operator; `status` in place of a Ready one. */
  async addPod(name: string, options: { namespace?: string; labels?: Record<string, string>; status?: object } = {}) {
    const { namespace = OWN_NAMESPACE, labels = {}, status = READY } = options;
    const all = { 'app.kubernetes.io/name': 'podwire', 'app.kubernetes.io/instance': 'podwire', ...labels };
    await this.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: all },
      spec: { nodeName: localNodes()[0]?.name, containers: [{ name: 'podwire', image: 'podwire' }] },
    });
    await this.setStatus(RESOURCES.pod, { namespace, name }, status);
  }

  async setStatus(resource: Resource, key: { namespace?: string; name: string }, status: object): Promise<void> {
    await this.kube.patch(resource, key, { type: 'merge', body: { status }, subresource: 'status' });
  }

  /** The lease as its holder left it so long ago. */
  async hold(holderIdentity: string | null, agoMs: number): Promise<void> {
    const renewTime = microTime(clock.now() - agoMs);
    await this.apply({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'podwire', namespace: OWN_NAMESPACE },
      spec: { holderIdentity, renewTime, leaseDurationSeconds: 10 },
    });
  }

  /** Webhook configuration, Secret, Service and its endpoints, as the operator keeps them. */
  async serveWebhook(days = 90): Promise<void> {
    const pair = await mintCertificate([`podwire-webhook.${OWN_NAMESPACE}.svc`], new Date(clock.now()), days);
    const data = Object.entries(secretData({ current: pair, changedAt: clock.now() }));
    await this.apply(
      webhookService(INSTALLATION),
      trusting(webhookConfiguration(INSTALLATION), pair.authority),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'podwire-webhook', namespace: OWN_NAMESPACE },
        data: Object.fromEntries(data.filter(([, text]) => text !== null)),
      },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: 'podwire-webhook-1',
          namespace: OWN_NAMESPACE,
          labels: { 'kubernetes.io/service-name': 'podwire-webhook' },
        },
        addressType: 'IPv4',
        ports: [{ name: 'webhook', port: 9443, protocol: 'TCP' }],
        endpoints: [{ addresses: ['10.0.1.40'], conditions: { ready: true, serving: true } }],
      },
    );
  }

  /** Runs the command as a person would. */
  async run(args: string[], terminal: Pick<Terminal, 'colour'> = {}): Promise<Run> {
    const [out, told]: [string[], string[]] = [[], []];
    const code = await command.run(args, {
      ...terminal,
      env: { KUBECONFIG: this.kubeconfig },
      out: (line) => void out.push(line),
      tell: (line) => void told.push(line),
      signal: new AbortController().signal,
    });
    return { code, out, told };
  }

  /** The flags of the release. */
  get flags(): string[] {
    const { vpcId } = this.aws.aws.settings;
    const own = ['--own-namespace', OWN_NAMESPACE, '--lease-namespace', OWN_NAMESPACE, '--inject', 'webhook'];
    const cluster = ['--cluster-name', 'local', '--region', 'eu-central-1', '--vpc-id', vpcId];
    return [...cluster, ...own, '--default-scheme', 'internet-facing', '--aws-endpoint-url', this.toAws.url];
  }

  /** Later flags win over those of the release. */
  async diagnose(more: string[] = []): Promise<Said> {
    const { code, out } = await this.run([...this.flags, ...more, '-o', 'json']);
    return { code, findings: (JSON.parse(out.join('\n')) as { findings: Finding[] }).findings };
  }
}

export const READY = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

function trusting(configuration: Manifest, authority: string): object {
  const caBundle = Buffer.from(authority).toString('base64');
  const webhooks = (configuration.webhooks as { clientConfig: object }[]).map((entry) => ({
    ...entry,
    clientConfig: { ...entry.clientConfig, caBundle },
  }));
  return { ...configuration, webhooks };
}
