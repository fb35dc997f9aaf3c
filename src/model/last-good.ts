import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { IngressBackend } from '../cluster/objects.ts';
import { INGRESS_PREFIX, OWN_PREFIX } from './annotations/annotation.ts';
import { ANNOTATIONS, rowOf } from './annotations/table.ts';
import { servicesOf } from './group.ts';
import type { MemberInput } from './input.ts';

/** Longer texts are packed. */
const PLAIN = 2_048;
/** What is packed in the hope of fitting is measured at every pass: eight times as fast as the usual level, and a third longer at worst. */
const FASTEST = 1;
/** Stands before a text that is packed: deflated, in base64. JSON never begins so. */
const PACKED = 'deflate:';
/** An Ingress has at most 1.5 MiB, its Services and class the same each. */
const MOST_UNPACKED = 64 * 1_048_576;

/** The input as the ledger keeps it: only what the stack follows from, packed where it is long. */
export function writeLastGood(input: MemberInput): string {
  const text = JSON.stringify(needed(input));
  return text.length <= PLAIN ? text : `${PACKED}${deflateRawSync(text, { level: FASTEST }).toString('base64')}`;
}

/** A last good input as the ledger has it; undefined where it is none, for example by another version of ours. */
export function readLastGood(text: string | undefined): MemberInput | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(unpack(text)) as Partial<MemberInput> | null;
    const { rules, tls, annotations } = value?.ingress ?? {};
    const whole = [rules, tls, value?.services].every(Array.isArray) && typeof annotations === 'object';
    return whole ? (value as MemberInput) : undefined;
  } catch {
    return undefined;
  }
}

function unpack(text: string): string {
  if (!text.startsWith(PACKED)) return text;
  const packed = Buffer.from(text.slice(PACKED.length), 'base64');
  return inflateRawSync(packed, { maxOutputLength: MOST_UNPACKED }).toString();
}

/** What Go writes as six characters in JSON. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** Bytes that etcd needs for the text as a string of a custom resource. */
export const storedSize = (text: string): number => Buffer.byteLength(JSON.stringify(text).replace(ESCAPED, '\\u0000'));

/** The input without annotations and Services that nothing follows from. */
function needed(input: MemberInput): MemberInput {
  const { ingress, services, ...rest } = input;
  const of: Annotated = { kind: 'Ingress', backends: backendNames(ingress) };
  const kept = { ...ingress, annotations: followed(ingress.annotations, of) };
  const named = new Set([...servicesOf(kept), ...servicesOf({ ...kept, annotations: input.class?.annotations ?? {} })]);
  return {
    ...rest,
    ingress: kept,
    ...(input.class && { class: { ...input.class, annotations: followed(input.class.annotations, of) } }),
    services: services
      .filter(({ name }) => named.has(name))
      .map((service) => ({ ...service, annotations: followed(service.annotations, { ...of, kind: 'Service' }) })),
  };
}

type Annotated = { kind: 'Ingress' | 'Service'; backends: ReadonlySet<string> };

const followed = (annotations: Record<string, string>, of: Annotated): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => isFollowed(key, of)));

/** Families that are read by the name of a backend alone. */
const BY_BACKEND = /^(?:actions|conditions)\.(.*)$/s;

function isFollowed(key: string, { kind, backends }: Annotated): boolean {
  const prefix = [INGRESS_PREFIX, OWN_PREFIX].find((one) => key.startsWith(one));
  const name = prefix === undefined ? '' : key.slice(prefix.length);
  const row = prefix === undefined ? undefined : rowOf(name, ANNOTATIONS[prefix] ?? {});
  if (row === undefined || row.unread === true || !row.on.includes(kind)) return false;
  const [, backend] = BY_BACKEND.exec(name) ?? [];
  return backend === undefined || backends.has(backend);
}

function backendNames({ rules, defaultBackend }: MemberInput['ingress']): Set<string> {
  const backends: (IngressBackend | undefined)[] = rules.flatMap(({ paths }) => paths.map(({ backend }) => backend));
  return new Set(
    [...backends, defaultBackend].flatMap((one) => (one !== undefined && 'service' in one ? [one.service] : [])),
  );
}

/** The field of a member that is longest, and its length in characters. */
export function longestField(input: MemberInput): { field: string; length: number } {
  const { ingress, class: of, params, services } = needed(input);
  const at = `Ingress ${ingress.namespace}/${ingress.name}`;
  const sized = (field: string, value: unknown) => ({ field, length: JSON.stringify(value)?.length ?? 0 });
  const annotated = (owner: string, annotations: Record<string, string>) =>
    Object.entries(annotations).map(([key, value]) => sized(`${owner} metadata.annotations[${key}]`, value));
  const fields = [
    sized(`${at} spec.rules`, ingress.rules),
    sized(`${at} spec.tls`, ingress.tls),
    ...annotated(at, ingress.annotations),
    ...(of ? annotated(`IngressClass ${of.name}`, of.annotations) : []),
    ...(params ? [sized(`IngressClassParams ${params.name} spec`, params.spec)] : []),
    ...services.flatMap(({ name, annotations, ports }) => [
      ...annotated(`Service ${ingress.namespace}/${name}`, annotations),
      sized(`Service ${ingress.namespace}/${name} spec.ports`, ports),
    ]),
  ];
  return fields.reduce((longest, one) => (one.length > longest.length ? one : longest));
}
