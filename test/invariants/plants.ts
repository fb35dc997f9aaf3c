import { GATE } from '../../src/api/pod.ts';
import { KINDS } from '../../src/local/cluster/objects.ts';
import type { Scene } from './scene.ts';
import type { TargetInput } from './calls.ts';
import type { Plant, Stage } from './stage.ts';

/** What becomes of a call of an operator on its way to AWS; undefined: it is answered, and has no effect. */
export function tamper(
  { world, flaws: { plant } }: Stage,
  action: string,
  input: TargetInput,
): TargetInput | undefined {
  if (action !== 'deregisterTargets') return input;
  if (plant === 'deregistrations get lost') return undefined;
  if (plant !== 'deregistrations take another one along') return input;
  const named = new Set(input.Targets?.map(({ Id }) => Id));
  const others = [...(world.aws.state.targetGroups.get(input.TargetGroupArn ?? '')?.targets.values() ?? [])];
  const along = others.filter(({ id, state }) => !named.has(id) && state === 'healthy').slice(0, 1);
  return { ...input, Targets: [...(input.Targets ?? []), ...along.map(({ id, port }) => ({ Id: id, Port: port }))] };
}

/** What somebody does in the middle of the schedule that no operator would. */
export function plantFlaw(scene: Scene): { at: number; text: string; run: () => Promise<void> }[] {
  const { plant } = scene.stage.flaws;
  const run = plant === undefined ? undefined : FLAWS[plant];
  return run === undefined ? [] : [{ at: 20_000, text: plant ?? '', run: () => run(scene) }];
}

const FLAWS: Partial<Record<Plant, (scene: Scene) => Promise<void>>> = {
  'gates are closed again': async ({ stage, pods }) => {
    const open = pods.present().find(({ gate }) => gate?.status === 'True');
    if (open === undefined) return;
    const condition = { type: GATE, status: 'False', reason: 'Closed', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: open.name }, status: { conditions: [condition] } };
    const patch = { type: 'apply', body, subresource: 'status', fieldManager: 'somebody', force: true } as const;
    await stage.world.kube.patch(KINDS.pod, { namespace: 'shop', name: open.name }, patch);
  },
  'rules are taken away': async ({ stage: { world } }) => {
    for (const group of world.aws.state.securityGroups.values()) {
      group.rules = group.rules.filter(({ groupId }) => groupId === undefined);
      world.aws.changed('network', group.id);
    }
  },
};
