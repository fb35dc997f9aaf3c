import { sleepOf } from '../biography.ts';
import type { Scene } from '../scene.ts';

/** I7: what injection makes of a pod is valid, and its sleep is shorter than its grace period. */
export function watchAdmission(scene: Scene): void {
  scene.pods.onChange(({ before, now, pod }) => {
    if (before !== undefined) return;
    const grace = pod.spec.terminationGracePeriodSeconds ?? 30;
    if (sleepOf(pod) >= grace) scene.report('I7', `${now.name} sleeps ${sleepOf(pod)} s of ${grace} s`);
  });
}

/** Pods that the API server refused. */
export function checkRefusals(scene: Scene): void {
  for (const error of scene.stage.world.errors)
    if (error.includes('Invalid')) scene.report('I7', `a pod was refused: ${error}`);
}
