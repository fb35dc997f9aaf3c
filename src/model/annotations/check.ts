import { nearest } from '../../nearest.ts';
import type { Problem } from '../stack.ts';
import { type Annotation, INGRESS_PREFIX, OWN_PREFIX, type Table } from './annotation.ts';
import { quote } from './quote.ts';
import { ANNOTATIONS, rowOf } from './table.ts';

/** The object whose annotations are looked at; class-level defaults count as an Ingress's. */
export type Annotated = { of: string; kind: 'Ingress' | 'Service'; annotations: Record<string, string> };

/** What is to be said about the keys themselves: unknown ones, ones of no effect, and ones that must not be passed over. */
export function checkAnnotations(object: Annotated): Problem[] {
  return [INGRESS_PREFIX, OWN_PREFIX].flatMap((prefix) =>
    Object.keys(object.annotations)
      .filter((key) => key.startsWith(prefix))
      .toSorted()
      .flatMap((key) => checkKey(object, key, prefix)),
  );
}

function checkKey(object: Annotated, key: string, prefix: string): Problem[] {
  const field = `${object.of} metadata.annotations[${key}]`;
  const table = ANNOTATIONS[prefix] ?? {};
  const row = rowOf(key.slice(prefix.length), table);
  if (row === undefined) return [unknown(key, field, { prefix, table })];
  return checkRow(row, { field, given: object.annotations[key] ?? '', kind: object.kind });
}

type Written = { field: string; given: string; kind: Annotated['kind'] };

function checkRow(row: Annotation, { field, given, kind }: Written): Problem[] {
  if (!row.on.includes(kind))
    return [
      warning(
        'WrongPlace',
        field,
        `it has no effect on ${kind === 'Ingress' ? 'an Ingress' : 'a Service'}; wanted on ${row.on}`,
      ),
    ];
  if (row.acted || row.harmless?.(given) === true) return [];
  if (row.protects === undefined)
    return [warning('NotActedOn', field, `it is known and not acted on yet; given ${quote(given)}`)];
  const message = `it cannot be honoured yet, and ${row.protects}: nothing is served that was not before; given ${quote(given)}`;
  return [{ severity: 'refused', reason: 'ProtectionNotSupported', field, message }];
}

function unknown(key: string, field: string, known: { prefix: string; table: Table }): Problem {
  const name = key.slice(known.prefix.length);
  const near = nearest(name, Object.keys(known.table));
  const hint = near === undefined ? '' : `; did you mean ${known.prefix}${near}?`;
  return warning('UnknownAnnotation', field, `there is no such annotation${hint}`);
}

const warning = (reason: string, field: string, message: string): Problem => ({
  severity: 'warning',
  reason,
  field,
  message,
});
