import { readFile } from 'node:fs/promises';
import { delimiter, dirname, resolve } from 'node:path';
import { load } from 'js-yaml';
import { Invalid } from '../errors.ts';

/** The cluster and the user that one context of a kubeconfig names, with the fields as the file spells them. */
export type ChosenContext = {
  name: string;
  /** The files it was read from. */
  files: string[];
  /** Where relative paths of the user and the cluster start. */
  clusterDirectory: string;
  userDirectory: string;
  cluster: Fields & { server: string };
  user: Fields;
  namespace?: string;
};

export type Fields = Record<string, unknown>;
type Entry = { name: string; fields: Fields; directory: string };
type Section = 'clusters' | 'users' | 'contexts';
type Kubeconfig = { files: string[]; current: string | undefined } & Record<Section, Entry[]>;

const FIELD_OF: Record<Section, string> = { clusters: 'cluster', users: 'user', contexts: 'context' };

/**
 * Reads one kubeconfig file, or several joined as `KUBECONFIG` joins them (the first to name a thing wins), and picks the
 * context: the one asked for, else `current-context`. Throws Invalid with one sentence that says what was wanted and given.
 */
export async function readKubeconfig(paths: string, context?: string): Promise<ChosenContext> {
  const files = paths.split(delimiter).filter((path) => path !== '');
  const parts = await Promise.all(files.map(readOne));
  const all = (section: Section): Entry[] => parts.flatMap((part) => part[section]);
  const current = parts.map((part) => part.current).find((name) => name !== undefined);
  return choose({ files, current, clusters: all('clusters'), users: all('users'), contexts: all('contexts') }, context);
}

async function readOne(path: string): Promise<Kubeconfig> {
  const wrong = (message: string, cause?: unknown): Invalid => new Invalid(`kubeconfig ${path}`, message, { cause });
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw wrong(error.code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${error.message}`, error);
  });
  const document = parse(text, wrong);
  const current = document['current-context'];
  const section = (name: Section): Entry[] => entriesOf(document[name], FIELD_OF[name], dirname(resolve(path)));
  return {
    files: [path],
    current: typeof current === 'string' && current !== '' ? current : undefined,
    clusters: section('clusters'),
    users: section('users'),
    contexts: section('contexts'),
  };
}

function parse(text: string, wrong: (message: string, cause?: unknown) => Invalid): Fields {
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    throw wrong(`is not YAML: ${(error as Error).message.split('\n')[0]}`, error);
  }
  if (isFields(document)) return document;
  throw wrong(`wanted a YAML mapping with clusters, users and contexts, given ${JSON.stringify(text.slice(0, 60))}`);
}

function entriesOf(list: unknown, field: string, directory: string): Entry[] {
  if (!Array.isArray(list)) return [];
  return list.filter(isFields).flatMap((entry) => {
    const fields = entry[field];
    return typeof entry.name === 'string'
      ? [{ name: entry.name, fields: isFields(fields) ? fields : {}, directory }]
      : [];
  });
}

function choose(config: Kubeconfig, wanted: string | undefined): ChosenContext {
  const wrong = (message: string): Invalid => new Invalid(`kubeconfig ${config.files.join(delimiter)}`, message);
  const name = wanted ?? config.current;
  if (name === undefined) throw wrong(`wanted current-context to name one of ${names(config.contexts)}, given none`);
  const context = find(config.contexts, name);
  if (context === undefined) throw wrong(`wanted a context named "${name}", given ${names(config.contexts)}`);
  const part = (section: 'clusters' | 'users', field: 'cluster' | 'user'): Entry => {
    const reference = context.fields[field];
    const found = find(config[section], reference);
    if (found === undefined)
      throw wrong(`context "${name}" wants ${field} ${JSON.stringify(reference)}, given ${names(config[section])}`);
    return found;
  };
  const cluster = part('clusters', 'cluster');
  const user = part('users', 'user');
  const { namespace } = context.fields;
  return {
    name,
    files: config.files,
    clusterDirectory: cluster.directory,
    userDirectory: user.directory,
    cluster: { ...cluster.fields, server: serverOf(cluster, wrong) },
    user: user.fields,
    ...(typeof namespace === 'string' ? { namespace } : {}),
  };
}

function serverOf(cluster: Entry, wrong: (message: string) => Invalid): string {
  const { server } = cluster.fields;
  if (typeof server === 'string' && /^https?:\/\/./.test(server) && URL.canParse(server)) return server;
  throw wrong(`cluster "${cluster.name}" wants server to be an http or https address, given ${JSON.stringify(server)}`);
}

const find = (entries: Entry[], name: unknown): Entry | undefined => entries.find((entry) => entry.name === name);

const names = (entries: Entry[]): string =>
  entries.length === 0 ? 'none' : entries.map((entry) => `"${entry.name}"`).join(', ');

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
