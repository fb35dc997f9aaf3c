import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import { resolve } from 'node:path';
import { Invalid, Retry } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { type ChosenContext, type Fields, readKubeconfig } from './kubeconfig.ts';

/** Where the API server is and how to be let in. */
export type Access = {
  server: string;
  tls: TlsFiles;
  /** Namespace of the context or of our own pod. */
  namespace?: string;
  /** Headers that identify us; `fresh` reads a token again that may have been rotated. */
  headers: (fresh: boolean) => Promise<Record<string, string>>;
  /** Set where a proxy is to be used. */
  agent?: Agent;
};

export type TlsFiles = { ca?: Buffer; cert?: Buffer; key?: Buffer; rejectUnauthorized?: boolean; servername?: string };

/** Where to look, in this order: the file named, `KUBECONFIG`, our own pod, `~/.kube/config`. */
export type AccessSources = {
  kubeconfig?: string;
  context?: string;
  env: Record<string, string | undefined>;
  clock: Clock;
};

const POD = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_AGE_MS = 60_000; // the kubelet renews a projected token well before it expires

/** Finds the API server. Throws Invalid with one sentence when what is named cannot be used. */
export async function findAccess(sources: AccessSources): Promise<Access> {
  const { env, context } = sources;
  const named = sources.kubeconfig ?? env.KUBECONFIG;
  if (named) return accessOf(await readKubeconfig(named, context), sources.clock);
  if (env.KUBERNETES_SERVICE_HOST) return podAccess(env, sources.clock);
  if (env.HOME) return accessOf(await readKubeconfig(`${env.HOME}/.kube/config`, context), sources.clock);
  throw new Invalid('kubeconfig', 'wanted a file name, KUBECONFIG or a pod of the cluster, given none of them');
}

async function podAccess(env: AccessSources['env'], clock: Clock): Promise<Access> {
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  const port = env.KUBERNETES_SERVICE_PORT ?? '443';
  const namespace = await readFile(`${POD}/namespace`, 'utf8').catch(() => undefined);
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tls: { ca: await readNamed(`${POD}/ca.crt`, 'service account') },
    headers: tokenFrom(`${POD}/token`, clock),
    ...(namespace ? { namespace: namespace.trim() } : {}),
  };
}

/** What a context of a kubeconfig says; exec plug-ins, auth providers and proxies are client-node's. */
export async function accessOf(context: ChosenContext, clock: Clock): Promise<Access> {
  const { user, cluster } = context;
  const foreign = user.exec ?? user['auth-provider'] ?? cluster['proxy-url'];
  if (foreign) return (await import('./client-node-access.ts')).clientNodeAccess(context);
  const access: Access = { server: cluster.server, tls: await tlsOf(context), headers: headersOf(context, clock) };
  return context.namespace === undefined ? access : { ...access, namespace: context.namespace };
}

function headersOf({ user, userDirectory }: ChosenContext, clock: Clock): Access['headers'] {
  if (typeof user.tokenFile === 'string') return tokenFrom(resolve(userDirectory, user.tokenFile), clock);
  const headers: Record<string, string> = {};
  if (typeof user.token === 'string') headers.authorization = `Bearer ${user.token}`;
  else if (typeof user.username === 'string') headers.authorization = basic(user.username, user.password);
  if (typeof user.as === 'string') headers['impersonate-user'] = user.as;
  return async () => headers;
}

function basic(user: string, password: unknown): string {
  return `Basic ${Buffer.from(`${user}:${typeof password === 'string' ? password : ''}`).toString('base64')}`;
}

function tokenFrom(path: string, clock: Clock): Access['headers'] {
  let token = '';
  let readAt = -Infinity;
  return async (fresh) => {
    if (fresh || clock.monotonic() - readAt > TOKEN_AGE_MS) {
      token = (await readFile(path, 'utf8').catch((cause: Error) => unreadable(path, cause))).trim();
      readAt = clock.monotonic();
    }
    return { authorization: `Bearer ${token}` };
  };
}

function unreadable(path: string, cause: Error): never {
  throw new Retry(`token file ${path} cannot be read: ${cause.message}`, { cause });
}

async function tlsOf({ cluster, user, ...context }: ChosenContext): Promise<TlsFiles> {
  const field = (fields: Fields, name: string, directory: string): Promise<Buffer | undefined> =>
    dataOrFile(fields, name, directory);
  const ca = await field(cluster, 'certificate-authority', context.clusterDirectory);
  const cert = await field(user, 'client-certificate', context.userDirectory);
  const key = await field(user, 'client-key', context.userDirectory);
  const servername = cluster['tls-server-name'];
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(typeof servername === 'string' ? { servername } : {}),
    ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
  };
}

async function dataOrFile(fields: Fields, name: string, directory: string): Promise<Buffer | undefined> {
  const data = fields[`${name}-data`];
  const file = fields[name];
  if (typeof data === 'string') return Buffer.from(data, 'base64');
  return typeof file === 'string' ? readNamed(resolve(directory, file), `kubeconfig, ${name}`) : undefined;
}

async function readNamed(path: string, what: string): Promise<Buffer> {
  return readFile(path).catch((error: Error) => {
    throw new Invalid(what, `wanted a file that can be read, given ${path} (${error.message})`, { cause: error });
  });
}
