import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Retry } from '../errors.ts';
import type { Access, TlsFiles } from './access.ts';
import type { ChosenContext } from './kubeconfig.ts';

type HttpsOptions = NonNullable<Parameters<KubeConfig['applyToHTTPSOptions']>[0]>;

/**
 * Access through client-node: exec plug-ins, auth providers and proxies. In a file of its own because loading
 * client-node costs more memory than the rest of the operator together.
 */
export async function clientNodeAccess(context: ChosenContext): Promise<Access> {
  const config = new KubeConfig();
  for (const [index, file] of context.files.entries()) {
    if (index === 0) config.loadFromFile(file);
    else config.mergeConfig(fileConfig(file), true);
  }
  config.setCurrentContext(context.name);
  const first = await read(config, context);
  const access: Access = {
    server: context.cluster.server,
    tls: tlsOf(first),
    headers: async () => headersOf(await read(config, context)),
  };
  if (context.namespace !== undefined) access.namespace = context.namespace;
  if (context.cluster['proxy-url'] && first.agent) access.agent = first.agent as NonNullable<Access['agent']>;
  return access;
}

function fileConfig(file: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
}

async function read(config: KubeConfig, context: ChosenContext): Promise<HttpsOptions> {
  const options: HttpsOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const files = context.files.join(delimiter);
    throw new Retry(`kubeconfig ${files}: no credentials for context "${context.name}": ${String(error)}`, {
      cause: error,
    });
  }
  return options;
}

function headersOf(options: HttpsOptions): Record<string, string> {
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return Object.fromEntries(headers) as Record<string, string>;
}

function tlsOf({ ca, cert, key, rejectUnauthorized, servername }: HttpsOptions): TlsFiles {
  const given = Object.entries({ ca, cert, key, rejectUnauthorized, servername });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as TlsFiles;
}
