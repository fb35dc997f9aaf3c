import type { AccessedNode, Networking } from '../aws/networking.ts';
import { keyOf, type Node, type TargetGroupObject } from '../cluster/objects.ts';
import { instanceIdOf } from '../model/node-kind.ts';
import type { Selection, Target } from '../model/target.ts';
import type { Clock } from '../runtime/clock.ts';
import { accessKey, type GroupMemory, type TargetMemory } from './target-memory.ts';

export type AccessDeps = {
  cluster: {
    synced(): boolean;
    node(name: string): Node | undefined;
    targetGroups(): Iterable<{ namespace: string; name: string }>;
  };
  networking: Networking;
  memory: TargetMemory;
  /** Has a group looked at. */
  wake: { targets(key: string): void };
  clock: Clock;
};

/** One group, as the rules toward its nodes see it. */
type Access = { memory: GroupMemory; object: TargetGroupObject; selection: Selection };

const PROBLEM_AGAIN_MS = 60_000;

/** Notes which ports the group needs open: those of every endpoint, and of every target that may still drain. */
export function declareAccess({ memory, object, selection }: Access, deps: AccessDeps): void {
  const { healthCheckPort, backendSecurityGroup: from } = object.spec;
  const all = [...selection.targets, ...selection.others, ...memory.registered.values()];
  const ports = new Set([...all.map(({ port }) => port), ...(healthCheckPort === undefined ? [] : [healthCheckPort])]);
  const before = [...(memory.ports ?? [])];
  if (memory.from !== undefined && (memory.from !== from || before.some((port) => !ports.has(port))))
    deps.memory.closing.add(memory.from);
  // The port of the health check is opened with those of the targets: a new one, by opening those anew.
  if (memory.ports !== undefined && healthCheckPort !== undefined && !memory.ports.has(healthCheckPort))
    memory.opened.clear();
  // What was registered before the start may use other ports than the endpoints of now.
  if (memory.seen !== 'nothing' || object.status.registeredHash === undefined) memory.ports = ports;
  if (from === undefined) delete memory.from;
  else memory.from = from;
}

/**
 * Opens the rules toward the nodes of all endpoints, ready or not, so that they are open before the first health check.
 * No call where nothing is new. A node whose rules are not ours to open is noted, and tried again after a minute.
 */
export async function openAccess(pass: Access, deps: AccessDeps): Promise<void> {
  const { memory, object, selection } = pass;
  const from = object.spec.backendSecurityGroup;
  delete memory.accessError;
  const endpoints = [...selection.targets, ...selection.others];
  const nodes = new Set(endpoints.map(({ node }) => node));
  for (const node of memory.accessProblems.keys()) if (!nodes.has(node)) memory.accessProblems.delete(node);
  const now = deps.clock.monotonic();
  const wanted = endpoints.filter((one) => one.node !== undefined && (memory.opened.get(accessKey(one)) ?? 0) <= now);
  if (from === undefined || wanted.length === 0) return;
  deps.memory.closing.add(from);
  await openToward(pass, { from, wanted, now }, deps);
  const current = new Set(endpoints.map(accessKey));
  for (const key of memory.opened.keys()) if (!current.has(key)) memory.opened.delete(key);
}

async function openToward(
  { memory, object }: Access,
  to: { from: string; wanted: Target[]; now: number },
  deps: AccessDeps,
): Promise<void> {
  const names = [...new Set(to.wanted.flatMap(({ node }) => node ?? []))];
  const nodes = names.map((name) => accessedNode(name, deps.cluster.node(name)));
  const health = object.spec.healthCheckPort;
  const ports = [...new Set([...to.wanted.map(({ port }) => port), ...(health === undefined ? [] : [health])])];
  const problems = await deps.networking.open({ from: to.from, nodes, ports });
  for (const name of names) memory.accessProblems.delete(name);
  for (const problem of problems) memory.accessProblems.set(problem.node, problem);
  for (const one of to.wanted) {
    const failed = memory.accessProblems.has(one.node ?? '');
    memory.opened.set(accessKey(one), failed ? to.now + PROBLEM_AGAIN_MS : Number.POSITIVE_INFINITY);
  }
}

function accessedNode(name: string, node: Node | undefined): AccessedNode {
  const instance = node && instanceIdOf(node);
  return instance === undefined ? { name } : { name, instance };
}

/** Closes what no group needs any more, once every group has said since the start what it needs. */
export async function closeAccess(deps: AccessDeps): Promise<void> {
  const { closing, groups } = deps.memory;
  if (closing.size === 0 || !deps.cluster.synced()) return;
  const keys = [...deps.cluster.targetGroups()].map(keyOf);
  if (keys.some((key) => groups.get(key)?.ports === undefined)) return;
  for (const from of closing) {
    const users = keys.filter((key) => groups.get(key)?.from === from);
    const inUse = new Set(users.flatMap((key) => [...(groups.get(key)?.ports ?? [])]));
    if ((await deps.networking.hasUnused(from, inUse)) && !seeAll(users, deps)) continue;
    await deps.networking.close(from, inUse);
    closing.delete(from);
  }
}

/** Whether AWS has told of each group which targets it has, those that drain among them. Has the others looked at, each once. */
function seeAll(keys: readonly string[], { memory, wake }: AccessDeps): boolean {
  const unseen = keys.flatMap((key) => {
    const group = memory.groups.get(key);
    return group && group.seen !== 'described' && !group.goneTold ? [{ key, group }] : [];
  });
  for (const { key, group } of unseen) {
    if (!group.mustSee) wake.targets(key);
    group.mustSee = true;
  }
  return unseen.length === 0;
}

/** Has the rules toward the nodes of every group compared with AWS when the group is next passed over. */
export function doubtAccess({ memory, networking }: Pick<AccessDeps, 'memory' | 'networking'>): void {
  for (const group of memory.groups.values()) {
    group.opened.clear();
    if (group.from !== undefined) memory.closing.add(group.from);
  }
  for (const from of memory.closing) networking.doubt(from);
}
