import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { type Document as YamlDocument, parseAllDocuments } from 'yaml';
import { checkConfigFile } from '../../src/settings/settings.ts';
import { openWorld, type World } from '../scenarios/world.ts';
import { fileWith } from '../settings/file.ts';
import { type Block, blocksOf, documents } from './documents.ts';

const VALUES = new Ajv({ strict: false }).compile(
  JSON.parse(readFileSync('charts/podwire/values.schema.json', 'utf8')) as object,
);

type Shown = { at: string; object: Record<string, unknown>; text: string };

const isYaml = ({ language }: Block): boolean => ['yaml', 'yml'].includes(language);

/** What each document of a YAML text says. */
const shownIn = ({ file, line, text }: Block): Shown[] =>
  parseAllDocuments(text).map((document: YamlDocument.Parsed) => {
    const at = `${file}:${line}`;
    if (document.errors.length > 0) throw new Error(`${at}: ${String(document.errors[0])}`);
    return { at, object: document.toJS() as Record<string, unknown>, text };
  });

const examples = (): Block[] =>
  readdirSync('examples', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join('examples', file))
    .map((file) => ({ file, line: 1, language: 'yaml', text: readFileSync(file, 'utf8') }));

const all = (): Shown[] => [...examples(), ...documents().flatMap(blocksOf).filter(isYaml)].flatMap(shownIn);

/** The API server of the local cluster takes it as kubectl would give it; what is namespaced is given its namespace first. */
async function problemsOfObject({ at, object }: Shown, world: World): Promise<string[]> {
  const { namespace: name } = object['metadata'] as { namespace?: string };
  if (name !== undefined) await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return world.apply(object).then(
    () => [],
    (error: unknown) => [`${at}: ${(error as Error).message}`],
  );
}

function problemsOfConfig({ at, text }: Shown): string[] {
  return checkConfigFile(fileWith(text)).map((problem) => `${at}: ${problem}`);
}

/** Values of the chart; what an installation has to give besides is not shown in each. */
function problemsOfValues({ at, object }: Shown): string[] {
  const installed = { clusterName: 'shop', region: 'eu-central-1', vpcId: 'vpc-0a1b2c3d4e5f60718', ...object };
  if (VALUES(installed)) return [];
  return (VALUES.errors ?? []).map(
    ({ instancePath, message, params }) => `${at}: ${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

async function problemsOf(shown: Shown, world: World): Promise<string[]> {
  if (shown.object['kind'] === 'ControllerConfiguration') return problemsOfConfig(shown);
  return 'kind' in shown.object ? problemsOfObject(shown, world) : problemsOfValues(shown);
}

const block = (text: string): Shown[] => shownIn({ file: 'x.md', line: 1, language: 'yaml', text });

describe('R18: the YAML of examples and documents', () => {
  test('R18: is taken by the API server, the operator or the chart', async () => {
    const world = await openWorld();
    const shown = all();
    expect(shown.filter(({ at }) => at.startsWith('examples/')).length).toBeGreaterThan(0);
    expect(shown.filter(({ at }) => at.startsWith('docs/')).length).toBeGreaterThan(0);
    const problems: string[] = [];
    for (const one of shown) problems.push(...(await problemsOf(one, world)));
    expect(problems).toEqual([]);
  });

  test.each([
    [
      'a misspelt field',
      'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: x, namespace: x}\nspec: {ingressClass: x}',
    ],
    ['a kind that there is not', 'apiVersion: podwire.dev/v1\nkind: TargetGroups\nmetadata: {name: x, namespace: x}'],
    ['a setting that there is not', 'apiVersion: podwire.dev/v1alpha1\nkind: ControllerConfiguration\nlogLevle: debug'],
    ['a value that there is not', 'replcaCount: 3'],
  ])('R18: control: %s is found', async (_what, text) => {
    const world = await openWorld();
    const [shown] = block(text) as [Shown];
    expect(await problemsOf(shown, world)).not.toEqual([]);
  });
});
