import { nameFor } from '../api/controller.ts';
import { DRAIN_LINES, DRAIN_SINCE } from '../api/pod.ts';
import type { Service, TargetGroupObject } from '../cluster/objects.ts';
import { Denied, Gone } from '../errors.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { parseLine } from '../model/drain/line.ts';
import { linesOf, MANY_LINES, readLines, type ServiceLine, writeLines } from '../model/drain/lines.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Outcome } from '../runtime/workqueue.ts';
import type { WriteEvent } from './telling.ts';

/** The drain line of each Service by namespace, as this operator last wrote or found it. */
export type DrainMemory = Map<string, ReadonlyMap<string, ServiceLine>>;

type DrainCluster = {
  targetGroupsOfNamespace(namespace: string): TargetGroupObject[];
  service(namespace: string, name: string): Service | undefined;
  isEnding(namespace: string): boolean;
};

export type DrainDeps = {
  controllerId: string;
  cluster: DrainCluster;
  kube: Pick<KubeApi, 'get' | 'patch' | 'delete'>;
  clock: Clock;
  writeEvent: WriteEvent;
  lines: DrainMemory;
  /** Told when the lines of a namespace have changed, or are known for the first time. */
  onLines(namespace: string): void;
};

const resource = RESOURCES.configMap;
const FIELD_MANAGER = 'podwire-drain';

/** Each operator of the cluster has a ConfigMap of its own, and a policy of its own that reads it. */
const keyIn = (namespace: string, { controllerId }: Pick<DrainDeps, 'controllerId'>) => ({
  namespace,
  name: nameFor(DRAIN_LINES, controllerId),
});

/**
 * Keeps the ConfigMap `podwire-drain` of a namespace, from which sleep and gate are injected into new pods: one line for each Service with a
 * managed target group. Without any line there is no ConfigMap. What was changed by hand is put right.
 */
export async function reconcileDrain(namespace: string, deps: DrainDeps): Promise<Outcome> {
  if (deps.cluster.isEnding(namespace)) return void deps.lines.delete(namespace);
  await keepLines(namespace, deps).catch((error: unknown) => {
    if (error instanceof Denied) remember(namespace, withoutRight(namespace, error, deps), deps);
    throw error;
  });
  return undefined;
}

async function keepLines(namespace: string, deps: DrainDeps): Promise<void> {
  const current = await deps.kube.get(resource, keyIn(namespace, deps));
  const lines = wantedLines(namespace, current, deps);
  const { data, since } = writeLines(lines);
  if (Object.keys(data).length > 0) await writeObject(deps, { namespace, current, data, since });
  else if (current !== undefined && isOurs(current)) await deleteObject(deps, namespace, current);
  remember(namespace, lines, deps);
}

/** No line can be written, nor read: each target group of the namespace says so. */
function withoutRight(namespace: string, { action, message }: Denied, deps: DrainDeps): Map<string, ServiceLine> {
  const text = `ConfigMap ${namespace}/${keyIn(namespace, deps).name}: wanted the right to ${action}; ${message}`;
  const wanted = wantedLines(namespace, undefined, deps);
  return new Map([...wanted].map(([name]) => [name, { problem: { reason: 'AccessDenied', message: text } }]));
}

function wantedLines(namespace: string, current: KubeObject | undefined, deps: DrainDeps): Map<string, ServiceLine> {
  const now = new Date(deps.clock.now()).toISOString();
  return linesOf({
    groups: deps.cluster.targetGroupsOfNamespace(namespace),
    service: (name) => deps.cluster.service(namespace, name),
    standing: readLines(dataOf(current), sinceOf(current), now),
    now,
  });
}

type Written = { namespace: string; current: KubeObject | undefined; data: Record<string, string>; since: string };

async function writeObject(deps: DrainDeps, written: Written): Promise<void> {
  const { namespace, data, since } = written;
  const current = await withoutImmutable(deps, written);
  if (isAsWanted(current, written)) return;
  const key = keyIn(namespace, deps);
  const metadata = { ...key, annotations: { [DRAIN_SINCE]: since } };
  const body = { metadata, data };
  const after = await deps.kube.patch(resource, key, {
    type: 'apply',
    body,
    fieldManager: nameFor(FIELD_MANAGER, deps.controllerId),
    force: true,
  });
  await removeStrangers(deps, after, data);
  warnOfMany(deps, after, Object.keys(data).length);
}

/** Nobody can change an immutable ConfigMap, us included. */
async function withoutImmutable(deps: DrainDeps, { namespace, current }: Written): Promise<KubeObject | undefined> {
  if (current?.['immutable'] !== true) return current;
  await deleteObject(deps, namespace, current);
  return undefined;
}

function isAsWanted(current: KubeObject | undefined, { data, since }: Written): boolean {
  const found = dataOf(current);
  const same = Object.entries(data).every(([name, text]) => found[name] === text);
  return current !== undefined && same && strangersIn(found, data).length === 0 && sinceOf(current) === since;
}

/** Lines that somebody else wrote: new pods would be held to them. What is no line stays. */
const strangersIn = (found: Record<string, string>, data: Record<string, string>): string[] =>
  Object.keys(found).filter((name) => !Object.hasOwn(data, name) && parseLine(found[name] ?? '') !== undefined);

async function removeStrangers(deps: DrainDeps, after: KubeObject, data: Record<string, string>): Promise<void> {
  const strangers = strangersIn(dataOf(after), data);
  if (strangers.length === 0) return;
  const { namespace = '', name } = after.metadata;
  const body = { data: Object.fromEntries(strangers.map((stranger) => [stranger, null])) };
  await deps.kube.patch(resource, { namespace, name }, { type: 'merge', body });
}

function warnOfMany({ writeEvent }: DrainDeps, { metadata }: KubeObject, count: number): void {
  if (count <= MANY_LINES) return;
  const { namespace = '', name, uid } = metadata;
  const message = `wanted at most ${MANY_LINES} Services behind load balancers in a namespace, since each line slows the creation of its pods; given ${count}`;
  writeEvent({ kind: 'ConfigMap', namespace, name, uid }, { type: 'Warning', reason: 'TooManyDrainLines', message });
}

async function deleteObject(deps: DrainDeps, namespace: string, { metadata }: KubeObject): Promise<void> {
  const key = { ...keyIn(namespace, deps), uid: metadata.uid };
  await deps.kube.delete(resource, key).catch((error: unknown) => {
    if (!(error instanceof Gone)) throw error;
  });
}

function remember(namespace: string, lines: Map<string, ServiceLine>, deps: DrainDeps): void {
  const before = deps.lines.get(namespace);
  if (lines.size > 0) deps.lines.set(namespace, lines);
  else deps.lines.delete(namespace);
  const text = (map: ReadonlyMap<string, ServiceLine> | undefined): string => JSON.stringify([...(map ?? [])]);
  if (text(before) !== text(lines)) deps.onLines(namespace);
}

/** It carries our annotation, or nothing but drain lines. */
function isOurs(current: KubeObject): boolean {
  const texts = Object.values(dataOf(current));
  return sinceOf(current) !== undefined || (texts.length > 0 && texts.every((text) => parseLine(text) !== undefined));
}

const dataOf = (object: KubeObject | undefined): Record<string, string> =>
  (object?.['data'] as Record<string, string> | undefined) ?? {};

const sinceOf = (object: KubeObject | undefined): string | undefined => object?.metadata.annotations?.[DRAIN_SINCE];
