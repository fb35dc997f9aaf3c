import type { IncomingMessage } from 'node:http';
import { load as parseYaml } from 'js-yaml';
import type { FieldValidation } from '../decode.ts';
import type { ListOptions } from '../read.ts';
import { bodySchema } from '../kinds.ts';
import { readProtobuf } from '../protobuf.ts';
import { ApiError, badRequest, unsupportedMediaType } from '../status.ts';
import type { WatchOptions } from '../watch.ts';
import type { PatchOptions } from '../patch.ts';
import type { Target } from './route.ts';

/** Larger bodies are refused, as etcd would. */
const LARGEST_BODY = 3 * 1024 * 1024;

/** The body, parsed; undefined when there is none. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY)
      throw new ApiError(413, 'RequestEntityTooLarge', { message: `limit is ${LARGEST_BODY} bytes` });
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (body.length === 0) return undefined;
  const type = mediaType(request);
  return type === PROTOBUF ? readProtobuf(body, bodySchema) : parseBody(body.toString(), type);
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export const mediaType = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';

function parseBody(text: string, type: string): unknown {
  if (type.includes('cbor')) throw unsupportedMediaType(type, ['application/json', 'application/yaml']);
  try {
    return type.includes('yaml') && !text.startsWith('{') ? parseYaml(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `the body of the request is not ${type.includes('yaml') ? 'YAML' : 'JSON'}: ${(error as Error).message}`,
    );
  }
}

const flag = (query: URLSearchParams, name: string): boolean | undefined => {
  const value = query.get(name);
  return value === null ? undefined : value === 'true' || value === '1' || value === '';
};

/** The named query parameters that are there and not empty. */
function texts<const N extends string>(query: URLSearchParams, names: readonly N[]): { [K in N]?: string } {
  const found = names.map((name) => [name, query.get(name)] as const).filter(([, value]) => value);
  return Object.fromEntries(found) as { [K in N]?: string };
}

const inNamespace = (target: Target): { namespace?: string } =>
  target.namespace ? { namespace: target.namespace } : {};

/** A list or watch of a single object by its path selects it by name. */
export function readListOptions(query: URLSearchParams, target: Target): ListOptions {
  const limit = Number(query.get('limit') ?? 0);
  const names = ['labelSelector', 'fieldSelector', 'continue', 'resourceVersion', 'resourceVersionMatch'] as const;
  return { ...texts(query, names), ...inNamespace(target), ...(limit > 0 && { limit }) };
}

export function readWatchOptions(query: URLSearchParams, target: Target): WatchOptions {
  const initial = flag(query, 'sendInitialEvents');
  const names = ['labelSelector', 'fieldSelector', 'resourceVersion', 'resourceVersionMatch'] as const;
  return {
    ...texts(query, names),
    ...inNamespace(target),
    ...(flag(query, 'allowWatchBookmarks') && { allowWatchBookmarks: true }),
    ...(initial !== undefined && { sendInitialEvents: initial }),
  };
}

const VALIDATIONS = ['Strict', 'Warn', 'Ignore'];

export function readWriteOptions(request: IncomingMessage, query: URLSearchParams, target: Target): PatchOptions {
  const validation = query.get('fieldValidation') ?? 'Warn';
  if (!VALIDATIONS.includes(validation)) {
    throw badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(validation)}: supported values: "Ignore", "Warn", "Strict"`,
    );
  }
  const agent = (request.headers['user-agent'] ?? 'unknown').split('/')[0] as string;
  const force = flag(query, 'force');
  return {
    ...inNamespace(target),
    ...(target.name !== undefined && { name: target.name }),
    ...(target.subresource === 'status' && { subresource: target.subresource }),
    ...(force !== undefined && { force }),
    dryRun: query.getAll('dryRun').includes('All'),
    manager: query.get('fieldManager') || agent,
    validation: validation as FieldValidation,
    warnings: [],
  };
}
