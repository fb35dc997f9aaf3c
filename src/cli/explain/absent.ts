import { Invalid } from '../../errors.ts';
import { RESOURCES } from '../../kube/resources.ts';
import type { WayFacts } from '../../model/explain/facts.ts';
import { nearest } from '../../nearest.ts';
import type { Reader } from './reader.ts';

type Subject = WayFacts['subject'];

/**
 * The subject among `items`, those of its kind in its namespace. Throws Invalid where it is not: with the nearest name, the namespaces
 * that have one of its name, and whether it could be looked for at all.
 */
export async function present<Item extends { name: string }>(
  reader: Reader,
  subject: Subject,
  items: Item[],
): Promise<Item> {
  const { kind, namespace, name } = subject;
  const found = items.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = items.map((one) => one.name);
  const unread = reader.unasked.filter((sentence) => sentence.startsWith(`${RESOURCES[kind].plural}: `));
  const hints = [...unread, ...hintAtName(subject, names), ...(await hintAtNamespace(reader, subject))];
  throw new Invalid(`${kind} ${namespace}/${name}`, ['there is none of that name', ...hints].join('; '));
}

function hintAtName({ kind, name }: Subject, names: string[]): string[] {
  const near = nearest(name, names) ?? names.find((one) => one.startsWith(`${name}-`));
  return near === undefined ? [] : [`did you mean ${kind}/${near}?`];
}

async function hintAtNamespace(reader: Reader, { kind, namespace, name }: Subject): Promise<string[]> {
  const all = await reader.read(RESOURCES[kind], ({ metadata }) => metadata);
  const others = all.filter((one) => one.name === name).map((one) => `-n ${one.namespace}`);
  if (others.length > 0) return [`there is one with ${others.slice(0, 3).join(', ')}`];
  const namespaces = await reader.read(RESOURCES.namespace, ({ metadata }) => metadata.name);
  if (namespaces.length === 0 || namespaces.includes(namespace)) return [];
  const near = nearest(namespace, namespaces);
  return [`there is no namespace ${namespace}${near === undefined ? '' : `, did you mean -n ${near}?`}`];
}
