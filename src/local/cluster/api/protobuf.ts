import { PACKAGES } from './schema/definitions.ts';
import { fieldSchema, isObject, type Json, resolve, type Schema } from './schema/schema.ts';
import { badRequest } from './status.ts';
import { WIRE } from './types/wire.ts';

/** One field of a type: its name, whether its zero value says something, and whether its fields belong to the type around it. */
type WireField = { name: string; keepsZero: boolean; inline: boolean };

const types = new Map<string, Map<number, WireField>>();

for (const [group, block] of Object.entries(WIRE)) {
  for (const text of block.trim().split(/\n(?! )/)) readType(PACKAGES[group as keyof typeof WIRE], text);
}

function readType(prefix: string, text: string): void {
  const [head, ...words] = text.split(/[\s:]+/);
  const fields = new Map<number, WireField>();
  let number = 1;
  for (const word of words.filter((one) => one !== '')) {
    if (word.startsWith('=')) number = Number(word.slice(1));
    else
      fields.set(number++, {
        name: word.replace(/^\*|[<>]/g, ''),
        keepsZero: word.startsWith('*'),
        inline: word.startsWith('<'),
      });
  }
  types.set(`${prefix}.${head}`, fields);
}

const MAGIC = Buffer.from('k8s\0');

/** The object in a body of `application/vnd.kubernetes.protobuf`, in its JSON form. Only clients with compiled-in types send these. */
export function readProtobuf(
  body: Buffer,
  schemaOf: (apiVersion: string, kind: string) => { name: string; schema: Schema } | undefined,
): Json {
  if (!body.subarray(0, 4).equals(MAGIC))
    throw badRequest('the body of the request is not Kubernetes protobuf: it does not begin with "k8s"');
  const envelope = new Map([...readFields(body.subarray(4))].map(({ number, value }) => [number, value]));
  const type = new Map([...readFields(envelope.get(1) as Buffer)].map(({ number, value }) => [number, String(value)]));
  const [apiVersion = '', kind = ''] = [type.get(1), type.get(2)];
  const found = schemaOf(apiVersion, kind);
  if (!found)
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in protobuf`,
    );
  return { apiVersion, kind, ...readMessage(envelope.get(2) as Buffer, { type: found.name, schema: found.schema }) };
}

type Field = { number: number; value: Buffer | bigint };

function* readFields(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw badRequest('the protobuf body of the request ends too early');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    if ((tag & 7) === 0) yield { number, value: BigInt.asIntN(64, varint()) };
    else if ((tag & 7) === 2) {
      const length = Number(varint());
      yield { number, value: bytes.subarray(at, at + length) };
      at += length;
    } else
      throw badRequest(
        `the protobuf body of the request has a field of wire type ${tag & 7}, which no Kubernetes type here has`,
      );
  }
}

function readMessage(bytes: Buffer, of: { type: string; schema: Schema }): Json {
  const fields = types.get(of.type);
  if (!fields) throw badRequest(`${of.type} is not known in protobuf: send JSON`);
  const object: Json = {};
  for (const { number, value } of readFields(bytes)) {
    const field = fields.get(number);
    if (field?.inline)
      Object.assign(object, readMessage(value as Buffer, { ...of, type: of.type.replace(/[^.]+$/, field.name) }));
    else if (field) addField(object, { field, value, schema: fieldSchema(of.schema, field.name) });
  }
  return object;
}

function addField(
  object: Json,
  { field, value, schema }: { field: WireField; value: Field['value']; schema: Schema | undefined },
): void {
  if (!schema) return;
  const { name } = field;
  if (schema.type === 'array')
    object[name] = [...((object[name] as unknown[] | undefined) ?? []), readValue(value, schema.items ?? {})];
  else if (isObject(schema.additionalProperties))
    object[name] = {
      ...(object[name] as Json | undefined),
      ...readEntry(value as Buffer, schema.additionalProperties as Schema),
    };
  else {
    const read = readValue(value, schema);
    if (field.keepsZero || !isZero(read)) object[name] = read;
  }
}

/** Go writes the zero value of every field that is no pointer: in JSON it is left out. */
const isZero = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  value === 0 ||
  value === false ||
  (isObject(value) && Object.keys(value).length === 0);

function readEntry(bytes: Buffer, schema: Schema): Json {
  const entry = new Map([...readFields(bytes)].map(({ number, value }) => [number, value]));
  return { [String(entry.get(1) ?? '')]: readValue(entry.get(2) ?? Buffer.alloc(0), schema) };
}

function readValue(value: Field['value'], schema: Schema): unknown {
  if (schema.$ref) return readMessage(value as Buffer, { type: schema.$ref, schema: resolve(schema) });
  if (typeof value === 'bigint') return schema.type === 'boolean' ? value !== 0n : Number(value);
  if (schema.format === 'date-time') return readTime(value);
  if (schema.format === 'byte') return value.toString('base64');
  return schema.type === 'string' ? value.toString() : readUnion(value, schema);
}

function readTime(bytes: Buffer): string | undefined {
  const parts = new Map([...readFields(bytes)].map(({ number, value }) => [number, Number(value)]));
  const seconds = parts.get(1);
  if (seconds === undefined) return undefined;
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  const nanos = parts.get(2) ?? 0;
  return nanos === 0 ? `${date}Z` : `${date}.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}Z`;
}

/** A number or a string (`type`, `intVal`, `strVal`), or a quantity (its text). */
function readUnion(bytes: Buffer, schema: Schema): unknown {
  const parts = new Map([...readFields(bytes)].map(({ number, value }) => [number, value]));
  if (!schema['x-kubernetes-int-or-string']) return parts.get(1) === undefined ? undefined : String(parts.get(1));
  return parts.get(1) === 1n ? String(parts.get(3) ?? '') : Number(parts.get(2) ?? 0n);
}
