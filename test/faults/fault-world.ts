import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../../src/cli/explain.ts';
import type { NewObject, Resource } from '../../src/kube/api.ts';
import { RESOURCES, resourceOf } from '../../src/kube/resources.ts';
import { type Local, startLocal } from '../../src/local/local.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { Administrator } from './administrator.ts';
import type { FaultCase } from './cases.ts';

/** Kinds of the cases, by name. */
const KINDS: Record<string, Resource> = {
  ...Object.fromEntries(Object.values(RESOURCES).map((resource) => [resource.kind, resource])),
  Deployment: resourceOf('apps/v1', 'Deployment', 'deployments'),
  ResourceQuota: resourceOf('v1', 'ResourceQuota', 'resourcequotas'),
};

/** What explain said, line by line, and its exit code. */
export type Said = { lines: string[]; code: number };

const QUICK = { min: 100, max: 400 };
const LOOK_EVERY_MS = 4_000;
/** So often in a row explain must say the same. */
const SAME = 3;
/** What is only said on the way to something else. */
const PASSING =
  /^(NotTakenUp|TargetStarting|NotRegistered|LoadBalancerNotActive|PodUnscheduled|PodsNotCreated|ContainerWaits)/;
const LIMIT_MS = 240_000;

/** Local AWS, a local cluster and the operator, for all cases together: each has a namespace of its own. */
export class FaultWorld {
  readonly local: Local;
  readonly administrator: Administrator;

  private constructor(local: Local) {
    this.local = local;
    this.administrator = new Administrator(local.aws.url);
  }

  static async open(tell: (line: string) => void): Promise<FaultWorld> {
    const dir = await mkdtemp(join(tmpdir(), 'podwire-faults-'));
    const local = await startLocal({ dir, tell });
    const world = new FaultWorld(local);
    await world.administrator.control('PATCH', 'settings', { propagationLagMs: QUICK, nlbPropagationLagMs: QUICK });
    await world.administrator.guardPods();
    await world.administrator.untagInternalSubnets();
    const spec = { controller: 'podwire.dev/alb' };
    await world.#apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'podwire' },
      spec,
    });
    return world;
  }

  close(): Promise<void> {
    return this.local.stop();
  }

  /** Makes what a case needs in AWS, and then its namespace with its objects. */
  async make(one: FaultCase): Promise<void> {
    const objects = await one.objects(this.administrator);
    await this.makeOf(one, objects);
  }

  async makeOf({ id }: FaultCase, objects: object[]): Promise<void> {
    const name = namespaceOf(id);
    await this.#apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const object of objects) await this.put(id, object);
  }

  /** Applies an object to the namespace of a case, unless it names another one. */
  put(id: string, object: object): Promise<void> {
    const { metadata, ...rest } = object as NewObject;
    const foreign = metadata.namespace !== undefined && metadata.namespace !== 'shop';
    const clustered = KINDS[rest.kind as string]?.namespaced === false;
    const namespace = foreign ? metadata.namespace : namespaceOf(id);
    return this.#apply({ ...rest, metadata: { ...metadata, ...(!clustered && { namespace }) } } as NewObject);
  }

  async #apply(body: NewObject): Promise<void> {
    const { name, namespace } = body.metadata;
    const resource = KINDS[body.kind as string];
    if (resource === undefined) throw new Error(`no kind ${String(body.kind)}`);
    const key = { name, ...(namespace !== undefined && { namespace }) };
    await this.local.kube.patch(resource, key, { type: 'apply', body, fieldManager: 'faults', force: true });
  }

  /** What explain says once it says the same several times in a row, and nothing that passes. */
  async settled(one: FaultCase): Promise<Said> {
    const end = realClock.monotonic() + LIMIT_MS;
    let before: string[] = [];
    for (;;) {
      const said = await this.explain(one);
      const passing = said.lines.some((line) => PASSING.test(line));
      before = passing || firstOf(said) !== before[0] ? [firstOf(said)] : [...before, firstOf(said)];
      if ((before.length >= SAME && !passing) || realClock.monotonic() > end) return said;
      await realClock.sleep(LOOK_EVERY_MS);
    }
  }

  /** Runs the command as a person would, and keeps what it prints up to the first empty line. */
  async explain({ id, ask = ['ingress/shop'] }: FaultCase): Promise<Said> {
    const namespace = namespaceOf(id);
    const pods = ask.some((word) => word.includes('<pod>'))
      ? await this.local.kube.list(RESOURCES.pod, { namespace })
      : [];
    const words = ask.map((word) => word.replace('<pod>', pods[0]?.metadata.name ?? 'none'));
    const printed: string[] = [];
    const print = (line: string): void => void printed.push(line);
    const env = { KUBECONFIG: this.local.cluster.kubeconfigPath };
    const terminal = { env, out: print, tell: print, signal: new AbortController().signal };
    const code = await command.run([...words, '-n', namespace], terminal);
    const until = printed.indexOf('');
    return { lines: until < 0 ? printed : printed.slice(0, until), code };
  }
}

const firstOf = ({ lines, code }: Said): string =>
  [code, ...lines.map((line) => line.replace(/\d+ s\b/g, ''))].join('\n');

export const namespaceOf = (id: string): string => id.replaceAll('+', '-');
