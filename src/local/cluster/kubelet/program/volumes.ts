import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KubeApi } from '../../../../kube/api.ts';
import type { Clock } from '../../../../runtime/clock.ts';
import type { FieldFile, KeyToPath, Volume, VolumeSource } from '../../objects.ts';
import { fieldOf, type PodPlace } from './field.ts';
import type { PodData } from './pod-data.ts';
import { keepToken } from './service-account-token.ts';

export type VolumeContext = {
  api: KubeApi;
  clock: Clock;
  place: PodPlace;
  read: PodData;
  /** Of text that is meant for the program itself; Secrets and tokens are nobody's to change. */
  adapt: (text: string) => string;
  /** Ends the renewal of tokens. */
  signal: AbortSignal;
  onError: (error: unknown) => void;
};

type Files = Record<string, string>; // path in the volume -> content

/** Fills the folder of a volume. Throws where something that it names is not there. What changes later is not seen, tokens excepted. */
export async function fillVolume(folder: string, volume: Volume, context: VolumeContext): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (volume.emptyDir !== undefined) return;
  for (const source of sourcesOf(volume)) await fill(folder, source, context);
}

function sourcesOf({ name, configMap, secret, downwardAPI, projected }: Volume): VolumeSource[] {
  if (projected !== undefined) return projected.sources;
  if (configMap !== undefined) return [{ configMap }];
  if (secret !== undefined) return [{ secret: { ...secret, name: secret.secretName } }];
  if (downwardAPI !== undefined) return [{ downwardAPI }];
  throw new Error(`volume ${name}: wanted configMap, secret, projected, downwardAPI or emptyDir`);
}

async function fill(folder: string, source: VolumeSource, context: VolumeContext): Promise<void> {
  const { serviceAccountToken: wanted } = source;
  if (wanted === undefined) return writeFiles(folder, await filesOf(source, context));
  const { api, clock, place, signal, onError } = context;
  const write = (token: string) => writeFiles(folder, { [wanted.path]: token });
  await keepToken({ api, clock, pod: place.pod, wanted, write, signal, onError });
}

async function filesOf({ configMap, secret, downwardAPI }: VolumeSource, context: VolumeContext): Promise<Files> {
  const { read, adapt, place } = context;
  if (configMap !== undefined) {
    const files = picked(await read({ kind: 'configMap', ...configMap }), configMap.items);
    return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, adapt(text)]));
  }
  if (secret !== undefined) return picked(await read({ kind: 'secret', ...secret }), secret.items);
  const fields = (downwardAPI?.items ?? []).map(({ path, fieldRef }: FieldFile) => [
    path,
    fieldOf(place, fieldRef.fieldPath),
  ]);
  return Object.fromEntries(fields) as Files;
}

function picked(data: Files, items: KeyToPath[] | undefined): Files {
  if (items === undefined) return data;
  return Object.fromEntries(items.map(({ key, path }) => [path, data[key] ?? missing(key)]));
}

function missing(key: string): never {
  throw new Error(`volume: there is no key ${key}`);
}

/** Each at once: a reader sees the old content or the new one. */
async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, content, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}
