import { isGroup, type Schema, type Value, type ValueGroup, type ValueTable } from './value.ts';

/** The JSON Schema of a table of values: no key besides. */
const schemaOf = (table: ValueTable): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(Object.entries(table).map(([key, value]) => [key, partOf(value)])),
});

const partOf = (value: Value | ValueGroup): Schema =>
  isGroup(value)
    ? { description: value.text, ...schemaOf(value.values) }
    : { description: value.text, ...value.schema, default: value.fallback };

/** The schema of the chart. `global` is what Helm itself puts beside the values of a chart within a chart. */
export function valuesSchema(table: ValueTable): Schema {
  const { properties, ...rest } = schemaOf(table);
  const global = { description: 'Of the chart that this one is part of.', type: 'object', additionalProperties: true };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart podwire',
    ...rest,
    properties: { ...(properties as object), global },
  };
}
