import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findAccess } from '../../src/kube/access.ts';
import type { KubeApi, NewObject, Resource } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { type PolicyRule, type Right, ruleOf, type Verb } from '../../src/kube/rights.ts';
import { Transport } from '../../src/kube/transport.ts';
import { SETTINGS } from '../../src/local/aws/settings.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import { freePorts } from '../../src/local/free-port.ts';
import { type GuardedProcess, startGuarded } from '../../src/local/guarded-process.ts';
import { permitOperator } from '../../src/local/operator-rights.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { until } from '../../src/local/until.ts';
import { REGION } from '../../src/local/vpc.ts';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { type ClusterWorld, opened, type Stops, startParts } from './operator-world.ts';

/** One verb of one right: what is taken away. */
export type Row = { id: string; right: Right; verb: Verb };

/** An operator by itself, with the rights of the ServiceAccount `podwire` of its own namespace. */
export type Replica = {
  program: GuardedProcess;
  /** All of its log, quotes unescaped. */
  log(): Promise<string>;
  /** The same from here on. */
  mark(): Promise<() => Promise<string>>;
  ready(): Promise<{ status: number; body: string } | undefined>;
};

export type RightsWorld = ClusterWorld & {
  /** Gives the ServiceAccount `podwire` of a namespace just these rights, and resolves when they hold. */
  grant(namespace: string, rights: readonly Right[], missing?: Row): Promise<void>;
  start(namespace: string, flags: readonly string[]): Promise<Replica>;
  /** The API server as that ServiceAccount may use it. */
  apiOf(namespace: string): Promise<KubeApi>;
};

const plainName = ({ resource, subresource }: Right): string =>
  subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;

/** Every verb of every right, by a name of its own. */
export const rowsOf = (rights: readonly Right[]): Row[] =>
  rights.flatMap((right) =>
    right.verbs.map((verb) => ({ id: [verb, plainName(right), ...(right.names ?? [])].join(' '), right, verb })),
  );

/** What the API server says to who has not this right. */
export const refusalOf = ({ right, verb }: Row): string => `cannot ${verb} resource "${plainName(right)}"`;

export const openRightsWorld = (): Promise<RightsWorld> =>
  opened<Omit<RightsWorld, 'close'>>(async (stops: Stops) => {
    // Without streaming lists, as servers before them are: else nobody would miss the right to list.
    const world = await startParts(stops, { apiServerFlags: ['--feature-gates=WatchList=false'] });
    await cp(shippedFile('dist'), join(world.dir, 'dist'), { recursive: true });
    const access = await findAccess({ kubeconfig: world.controlPlane.kubeconfig, env: {}, clock });
    const transport = new Transport(access, { clock, userAgent: 'test' });
    const start: RightsWorld['start'] = async (namespace, flags) => {
      const replica = await startReplica(world, namespace, flags);
      stops.push(() => replica.program.kill());
      return replica;
    };
    return {
      ...world,
      start,
      grant: (namespace, rights, missing) => grant({ ...world, transport }, { namespace, rights, missing }),
      apiOf: async (namespace) => connectTo(await accessOf(world, namespace)),
    };
  });

type Place = Omit<ClusterWorld, 'close'>;
type Admin = Pick<Place, 'kube'> & { transport: Transport };

const userOf = (namespace: string): string => `system:serviceaccount:${namespace}:podwire`;

/** Path of a kubeconfig that speaks for the ServiceAccount. */
async function accessOf({ controlPlane, dir }: Place, namespace: string): Promise<string> {
  const file = join(dir, `${namespace}.kubeconfig`);
  const { url, certificateAuthority, token } = controlPlane;
  const authority = Buffer.from(certificateAuthority).toString('base64');
  const config = {
    clusters: [{ name: 'c', cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: 'u', user: { token, as: userOf(namespace) } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

type Grant = { namespace: string; rights: readonly Right[]; missing: Row | undefined };

async function grant({ kube, transport }: Admin, { namespace, rights, missing }: Grant): Promise<void> {
  const apply = (resource: Resource, metadata: NewObject['metadata'], rest: object) =>
    kube.patch(resource, metadata, { type: 'apply', fieldManager: 'test', force: true, body: { metadata, ...rest } });
  await apply(RESOURCES.namespace, { name: namespace }, {});
  for (const scope of ['cluster', 'own namespace'] as const) {
    const [kind, key] = scope === 'cluster' ? (['ClusterRole', {}] as const) : (['Role', { namespace }] as const);
    const rules = rights.filter((right) => right.scope === scope).flatMap((right) => rulesWithout(right, missing));
    const subjects = [{ kind: 'ServiceAccount', name: 'podwire', namespace }];
    const roleRef = { apiGroup: RBAC, kind, name: namespace };
    await apply(ROLES[scope], { name: namespace, ...key }, { rules });
    await apply(BINDINGS[scope], { name: namespace, ...key }, { roleRef, subjects });
  }
  const present = rowsOf(rights)
    .filter(({ right, id }) => id !== missing?.id && right.scope === 'cluster')
    .at(-1);
  for (const row of [missing, present].filter((one) => one !== undefined))
    await until(`that ${userOf(namespace)} may or may not ${row.id}`, async () => {
      return (await mayDo(transport, namespace, row)) === (row !== missing);
    });
}

const RBAC = 'rbac.authorization.k8s.io';
const rbac = (kind: string, namespaced: boolean): Resource => ({
  ...{ group: RBAC, version: 'v1', kind, plural: `${kind.toLowerCase()}s`, namespaced },
});
const ROLES = { cluster: rbac('ClusterRole', false), 'own namespace': rbac('Role', true) };
const BINDINGS = { cluster: rbac('ClusterRoleBinding', false), 'own namespace': rbac('RoleBinding', true) };

function rulesWithout(right: Right, missing: Row | undefined): PolicyRule[] {
  if (right !== missing?.right) return [ruleOf(right)];
  const verbs = right.verbs.filter((verb) => verb !== missing.verb);
  return verbs.length === 0 ? [] : [ruleOf({ ...right, verbs })];
}

async function mayDo(transport: Transport, own: string, { right, verb }: Row): Promise<boolean> {
  const { resource, subresource, names, scope } = right;
  const resourceAttributes = {
    verb,
    group: resource.group,
    resource: resource.plural,
    ...(subresource !== undefined && { subresource }),
    ...(names?.[0] !== undefined && { name: names[0] }),
    ...(scope === 'own namespace' && { namespace: own }),
  };
  const spec = { user: userOf(own), groups: ['system:authenticated'], resourceAttributes };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const answer = await transport.send({ verb: 'create', what: 'subjectaccessreviews', method: 'POST', path, body });
  return (JSON.parse(answer) as { status: { allowed: boolean } }).status.allowed;
}

async function startReplica(world: Place, namespace: string, flags: readonly string[]): Promise<Replica> {
  const { dir, aws } = world;
  const [metrics, webhook] = (await freePorts(2)) as [number, number];
  const log = join(dir, `${namespace}-${metrics}.log`); // a test that is tried again does not read of the try before
  const given = {
    ...{ kubeconfig: await accessOf(world, namespace), 'aws-endpoint-url': aws.url, region: REGION },
    ...{ 'cluster-name': SETTINGS.clusterName.value, 'vpc-id': SETTINGS.vpcId.value },
    ...{ 'leader-elect': 'false', 'lease-namespace': namespace, 'own-namespace': namespace, inject: 'off' },
    ...{ 'metrics-address': `127.0.0.1:${metrics}`, 'webhook-address': `127.0.0.1:${webhook}` },
  };
  const settings = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
  const args = [...NODE_FLAGS, '--disable-warning=ExperimentalWarning', join(dir, 'dist', 'operator.mjs'), 'run'];
  const env = { ...process.env, ...(await permitOperator(aws.url, SETTINGS.clusterName.value)) };
  const program = startGuarded({ file: process.execPath, args: [...args, ...settings, ...flags], log, env });
  const read = async () => (await readFile(log, 'utf8').catch(() => '')).replaceAll('\\"', '"');
  return {
    program,
    log: read,
    mark: async () => {
      const { length } = await read();
      return async () => (await read()).slice(length);
    },
    ready: () =>
      fetch(`http://127.0.0.1:${metrics}/readyz`).then(
        async (answer) => ({ status: answer.status, body: await answer.text() }),
        () => undefined,
      ),
  };
}
