import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isGroup, type Schema, type ValueTable } from '../../scripts/chart/value.ts';
import { valuesSchema } from '../../scripts/chart/schema.ts';
import { CHART_SETS, VALUES } from '../../scripts/chart/values.ts';
import { ALERTS } from '../../src/alerts.ts';
import { LEASE_NAME, OPERATOR_RIGHTS, WEBHOOK_SECRET_NAME } from '../../src/kube/rights.ts';
import { METRICS } from '../../src/metrics.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import { SETTINGS } from '../../src/settings/table.ts';

const schema = valuesSchema(VALUES) as { properties: Record<string, { properties?: object }> };

test('H12: every setting is taken by config, or written by the chart', () => {
  const taken = Object.keys(schema.properties.config?.properties ?? {});
  const all = Object.keys(settingsSchema().properties);
  expect([...taken, ...Object.keys(CHART_SETS)].toSorted()).toEqual(all.toSorted());
});

/** Every object in a schema that names keys, with its path. */
const objectsOf = (part: unknown, path = ''): [string, Schema][] => {
  if (typeof part !== 'object' || part === null) return [];
  const own = 'properties' in part && 'type' in part ? [[path, part as Schema] as [string, Schema]] : [];
  return [...own, ...Object.entries(part).flatMap(([key, value]) => objectsOf(value, `${path}/${key}`))];
};

test('H1: no object whose keys are named takes another one', () => {
  const objects = objectsOf(schema);
  expect(objects.length).toBeGreaterThan(15);
  expect(objects.filter(([, one]) => one.additionalProperties !== false).map(([path]) => path)).toEqual([]);
});

const textsOf = (table: ValueTable): string[] =>
  Object.values(table).flatMap((value) => [value.text, ...(isGroup(value) ? textsOf(value.values) : [])]);

test('H17: every value says what it is for', () => {
  expect(textsOf(VALUES).filter((text) => text.length < 9 || !text.endsWith('.'))).toEqual([]);
});

test('S9: the names in the roles are those that the settings have', () => {
  expect([LEASE_NAME, WEBHOOK_SECRET_NAME]).toEqual([SETTINGS.leaseName.fallback, SETTINGS.webhookSecret.fallback]);
});

test('S9: each right stands once, and says what it is for', () => {
  const rights = OPERATOR_RIGHTS.map(({ resource, subresource, scope, names, verbs }) =>
    verbs.map((verb) => JSON.stringify([resource.group, resource.plural, subresource, scope, names, verb])),
  ).flat();
  expect(new Set(rights).size).toBe(rights.length);
  expect(OPERATOR_RIGHTS.filter(({ why }) => why.length < 10)).toEqual([]);
});

/** Metrics of ours that an expression reads, without what a histogram adds. */
const metricsIn = (expr: string): string[] => [...expr.matchAll(/podwire_[a-z_]+/g)].map(([name]) => name);

test.each(Object.entries(ALERTS))('H10: %s reads metrics that there are, and has a runbook', (name, { expr }) => {
  expect(metricsIn(expr).filter((metric) => !(metric in METRICS))).toEqual([]);
  expect(existsSync(`docs/runbooks/${name}.md`)).toBe(true);
});
