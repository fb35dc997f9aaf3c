import type { ClusterWorld } from './operator-world.ts';

type Condition = { type: string; status: string; reason: string; message: string };

/** Conditions of an object, by type; `what` as kubectl takes it. */
export async function conditionsOf(world: ClusterWorld, ...what: string[]): Promise<Record<string, Condition>> {
  const { status } = await world.kubectl.json<{ status?: { conditions?: Condition[] } }>('get', ...what);
  return Object.fromEntries((status?.conditions ?? []).map((condition) => [condition.type, condition]));
}

/** Events about an Ingress, one line each. */
export async function eventsOf(world: ClusterWorld, ingress: string): Promise<string[]> {
  const [namespace = '', name = ''] = ingress.split('/');
  const about = `involvedObject.kind=Ingress,involvedObject.name=${name}`;
  type Event = { type: string; reason: string; message: string };
  const { items } = await world.kubectl.json<{ items: Event[] }>(
    ...['get', 'events', '-n', namespace, '--field-selector', about],
  );
  return items.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
}
