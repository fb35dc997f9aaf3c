import type { KubeObject } from '../../../kube/api.ts';
import { AGE, type Column, NAME, age } from './columns.ts';
import { readJsonPath } from './json-path.ts';
import type { Kind, Subresource } from './kinds.ts';
import { versionView } from './rules/event-view.ts';
import { at, items, part } from './rules/rules.ts';
import { PACKAGES } from './schema/definitions.ts';
import { type Json, type Schema, textOf } from './schema/schema.ts';

/** The kinds a CustomResourceDefinition serves: one for each served version. */
export function customKinds(definition: KubeObject): Kind[] {
  const stored = items(definition, 'spec.versions').find((one) => one.storage);
  return items(definition, 'spec.versions')
    .filter((version) => version.served)
    .map((version) => customKind(definition, version, String(stored?.name)));
}

function customKind(definition: KubeObject, version: Json, stored: string): Kind {
  const spec = part(definition, 'spec');
  const names = part(spec, 'names');
  const [group, plural, kind] = [String(spec.group), String(names.plural), String(names.kind)];
  const subresources = (['status', 'scale'] as Subresource[]).filter((one) => at(version, `subresources.${one}`));
  const served = String(version.name);
  return {
    group,
    version: served,
    kind,
    plural,
    namespaced: spec.scope === 'Namespaced',
    singular: String(names.singular),
    shortNames: (names.shortNames ?? []) as string[],
    categories: (names.categories ?? []) as string[],
    subresources: subresources.filter((one) => one === 'status'),
    generation: true,
    statusWritesMetadata: false,
    nameForm: 'subdomain',
    fields: items(version, 'selectableFields').map((one) => String(one.jsonPath).slice(1)),
    columns: customColumns(version),
    schema: customSchema(version),
    schemaName: [...group.split('.').reverse(), served, kind].join('.'),
    storage: `${group}/${plural}`,
    ...(served !== stored && { view: versionView(`${group}/${stored}`, `${group}/${served}`) }),
    rules: {},
    builtIn: false,
  };
}

function customSchema(version: Json): Schema {
  const root = structuredClone(part(version, 'schema.openAPIV3Schema')) as Schema;
  const head = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { $ref: `${PACKAGES.meta}.ObjectMeta` },
  } as const;
  return { ...root, properties: { ...root.properties, ...head } };
}

/** Name, the definition's own columns, and age where it names none. */
function customColumns(version: Json): Column[] {
  const given = items(version, 'additionalPrinterColumns');
  if (given.length === 0) return [NAME, AGE];
  return [NAME, ...given.map(customColumn)];
}

function customColumn(column: Json): Column {
  const type = column.type as Column['type'];
  const wide = Number(column.priority ?? 0) > 0;
  return {
    name: String(column.name),
    type: type === 'date' ? 'date' : type,
    ...(typeof column.format === 'string' && { format: column.format }),
    ...(typeof column.description === 'string' && { description: column.description }),
    ...(wide && { wide }),
    cell: (object, now) => customCell(readJsonPath(object, String(column.jsonPath)), type, now),
  };
}

function customCell(values: unknown[], type: Column['type'], now: number): unknown {
  const [value] = values;
  if (value === undefined || value === null) return null;
  if (type === 'date') return age(textOf(value), now);
  if (type !== 'string') return value;
  return values.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(',');
}
