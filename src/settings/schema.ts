import { type JsonSchema, readerOf } from './kinds.ts';
import { type Setting, unitOf } from './setting.ts';
import { SETTINGS } from './table.ts';

/**
 * The JSON Schema (draft 7) of the keys of a config file: each setting with description, default and what it takes, and no key
 * besides. None is required, since flags and environment may say it too; `apiVersion` and `kind` are not among them.
 */
export function settingsSchema(): {
  type: 'object';
  additionalProperties: false;
  properties: Record<string, JsonSchema>;
} {
  const properties = Object.entries<Setting>(SETTINGS).map(([name, setting]) => [name, schemaOf(setting)]);
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

function schemaOf(setting: Setting): JsonSchema {
  const { schema, fromText } = readerOf(setting.kind);
  const unit = unitOf(setting);
  return {
    description: unit === undefined ? setting.text : `${setting.text} Unit: ${unit}.`,
    ...schema,
    ...(setting.fallback !== undefined && { default: fromText(setting.fallback) }),
  };
}
