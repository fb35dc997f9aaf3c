import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../../../src/cli/doctor.ts';
import { RESOURCES } from '../../../src/kube/resources.ts';
import { type RunningLocalAws, startLocalAws } from '../../../src/local/aws/server.ts';
import { type LocalApiServer, startLocalApiServer } from '../../../src/local/cluster/api/server.ts';
import { applyObjects, readManifests } from '../../../src/local/manifests.ts';
import { shippedFile } from '../../../src/local/package-root.ts';
import type { Finding } from '../../../src/model/doctor/finding.ts';

export type Said = { code: number; findings: Finding[] };

/** Local AWS and the local API server as doctor finds them, over HTTP. */
export class DoctorWorld {
  readonly aws: RunningLocalAws;
  readonly server: LocalApiServer;
  readonly #dir: string;

  private constructor(parts: { aws: RunningLocalAws; server: LocalApiServer; dir: string }) {
    this.aws = parts.aws;
    this.server = parts.server;
    this.#dir = parts.dir;
  }

  static async open(): Promise<DoctorWorld> {
    const dir = await mkdtemp(join(tmpdir(), 'podwire-doctor-'));
    const [aws, server] = await Promise.all([startLocalAws(), startLocalApiServer()]);
    await writeFile(join(dir, 'kubeconfig'), server.kubeconfig());
    for (const file of await readdir(shippedFile('crds')))
      await applyObjects(server.api, await readManifests(shippedFile('crds', file)));
    return new DoctorWorld({ aws, server, dir });
  }

  async close(): Promise<void> {
    await Promise.all([this.aws.close(), this.server.close()]);
    await rm(this.#dir, { recursive: true });
  }

  get kube() {
    return this.server.api;
  }

  /** Runs the command as a person would. */
  async run(args: string[], env: Record<string, string> = {}): Promise<{ code: number; out: string[]; told: string[] }> {
    const [out, told]: [string[], string[]] = [[], []];
    const code = await command.run(args, {
      env: { KUBECONFIG: join(this.#dir, 'kubeconfig'), ...env },
      out: (line) => void out.push(line),
      tell: (line) => void told.push(line),
      signal: new AbortController().signal,
    });
    return { code, out, told };
  }

  async diagnose(more: string[] = []): Promise<Said> {
    const { vpcId, region } = this.aws.aws.settings;
    const flags = ['--cluster-name', 'local', '--region', region, '--vpc-id', vpcId, '--aws-endpoint-url', this.aws.url];
    const { code, out } = await this.run([...flags, ...more, '-o', 'json']);
    return { code, findings: (JSON.parse(out.join('\n')) as { findings: Finding[] }).findings };
  }
}

export const NODES = RESOURCES.node;
