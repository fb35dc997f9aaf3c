import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll, YAMLException } from 'js-yaml';
import type { NewObject } from '../../kube/api.ts';

/** An object of a file; `at` is `web.yaml:12`, the first line of its document. */
export type Manifest = { at: string; object: NewObject & { apiVersion: string; kind: string } };

/** What cannot be taken: where it stands or which object it is, and why. */
export type Refusal = { object: string; reason: string; message: string };

export type Manifests = { manifests: Manifest[]; refused: Refusal[] };

const ENDINGS = /\.(ya?ml|json)$/;

/** Reads files and the YAML and JSON files of folders; whatever is no manifest is refused, and all others are read. */
export async function readManifests(paths: readonly string[]): Promise<Manifests> {
  const files = await Promise.all(paths.map(filesOf));
  const read = await Promise.all(files.flat().map(readOne));
  return { manifests: read.flatMap(({ manifests }) => manifests), refused: read.flatMap(({ refused }) => refused) };
}

async function filesOf(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const names = (await readdir(path)).filter((name) => ENDINGS.test(name));
  // Without any, the folder itself is what cannot be read as a manifest.
  return names.length === 0 ? [path] : names.toSorted().map((name) => join(path, name));
}

async function readOne(path: string): Promise<Manifests> {
  try {
    const text = await readFile(path, 'utf8');
    return collect(documentsOf(text).map((document) => readDocument(path, document)));
  } catch (error) {
    const { code, message: told } = error as NodeJS.ErrnoException;
    const message = code === 'EISDIR' ? 'the folder has no .yaml, .yml or .json file' : (told.split(', ')[0] ?? '');
    return { manifests: [], refused: [{ object: path, reason: 'NotRead', message }] };
  }
}

const collect = (read: Manifests[]): Manifests => ({
  manifests: read.flatMap(({ manifests }) => manifests),
  refused: read.flatMap(({ refused }) => refused),
});

type Document = { text: string; line: number };

/** The documents of a text, so that a broken one leaves the others whole. */
function documentsOf(text: string): Document[] {
  const parts: Document[] = [];
  let line = 1;
  for (const part of text.split(/^---(?=\s|$)/m)) {
    parts.push({ text: part, line });
    line += part.split('\n').length - 1;
  }
  return parts;
}

function readDocument(path: string, { text, line }: Document): Manifests {
  const at = `${path}:${line + firstLine(text)}`;
  try {
    return collect(
      (loadAll(text) as unknown[])
        .filter((one) => one !== null)
        .flatMap((one) => itemsOf(one).map((item) => check(item, at))),
    );
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const broken = `${path}:${line + (error.mark?.line ?? 0)}`;
    return { manifests: [], refused: [{ object: broken, reason: 'NotYaml', message: error.reason }] };
  }
}

/** The first one with something on it: that of the separator belongs to the document before. */
function firstLine(text: string): number {
  const found = text.split('\n').findIndex((one) => /^\s*[^\s#]/.test(one));
  return Math.max(0, found);
}

const itemsOf = (document: unknown): unknown[] => {
  const { kind, items } = (typeof document === 'object' ? document : {}) as { kind?: unknown; items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : [document];
};

/** Where an object has its name. */
const NAMES = [['apiVersion'], ['kind'], ['metadata', 'name']] as const;

function check(given: unknown, at: string): Manifests {
  for (const path of NAMES) {
    const value = path.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], given);
    if (typeof value === 'string' && value !== '') continue;
    const message = `${path.join('.')}: wanted a string, given ${JSON.stringify(value) ?? 'nothing'}`;
    return { manifests: [], refused: [{ object: at, reason: 'NotAnObject', message }] };
  }
  return { manifests: [{ at, object: given as Manifest['object'] }], refused: [] };
}
