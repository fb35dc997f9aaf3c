import { reaches, sourceOf } from '../../../src/local/aws/dataplane/reachability.ts';
import type { Scene } from '../scene.ts';

/** Rules are opened while the target is registered, before its first health check. */
const OPENING_MS = 5_000;

/** I6: the load balancer reaches every target, those that drain as well. */
export function watchAccess(scene: Scene): void {
  const { aws } = scene.stage.world;
  const look = (): void => {
    if (!scene.hasBegun) return;
    for (const group of aws.state.targetGroups.values()) {
      const loadBalancer = aws.state.loadBalancers.get(group.loadBalancerArns[0] ?? '');
      if (loadBalancer === undefined) continue;
      const shut = [...group.targets.values()].filter(
        ({ id, port, state, since }) =>
          (state !== 'initial' || scene.now - since > OPENING_MS) &&
          !reaches(aws.state, sourceOf(loadBalancer), { address: id, port }),
      );
      for (const { id, port } of shut)
        scene.report('I6', `${group.name}: no security group rule lets requests to ${id}:${port}`);
    }
  };
  aws.onChange(({ kind }) => (kind === 'network' || kind === 'targets' ? look() : undefined));
}
