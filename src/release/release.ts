import type { KubeApi } from '../kube/api.ts';
import type { Clock } from '../runtime/clock.ts';
import { removeFinalizers } from './finalizers.ts';
import { openGates } from './gates.ts';
import { heldObjects } from './held.ts';
import { endInjection } from './injection.ts';

export type ReleaseOptions = {
  kube: KubeApi;
  clock: Clock;
  /** Of the operator that goes: what another one of the cluster has stays as it is. */
  controllerId: string;
  /** Goes on though load balancers are managed: they stay in AWS as they are. */
  keepLoadBalancers: boolean;
  /** Takes our finalizers off: from then on nobody deletes what is in AWS. */
  removeFinalizers: boolean;
  /** One line of what was done. */
  tell(line: string): void;
};

/**
 * Lets go of the cluster, so that no pod and no Ingress waits for an operator that is about to go. True when that is so; false,
 * with what stands in the way told, when load balancers are managed (nothing was changed then) or a gate stays closed.
 */
export async function releaseCluster(options: ReleaseOptions): Promise<boolean> {
  const { kube, keepLoadBalancers, tell, controllerId } = options;
  const held = options.removeFinalizers || keepLoadBalancers ? [] : await heldObjects(kube, controllerId);
  if (held.length > 0) return refuse(held, tell);
  tellAll('deleted', await endInjection(kube, controllerId), tell);
  const { opened, closed } = await openGates(options);
  tell(opened === 1 ? 'opened 1 gate' : `opened ${opened} gates`);
  tellAll('still closed: the gate of pod', closed, tell);
  if (options.removeFinalizers) tellAll('took our finalizer off', await removeFinalizers(kube, controllerId), tell);
  return closed.length === 0;
}

function refuse(held: string[], tell: ReleaseOptions['tell']): false {
  tellAll('managed:', held, tell);
  tell(
    'refused, and nothing was changed: delete their Ingresses and TargetGroupBindings first, or keep what is in AWS as it is with --keep-load-balancers (in the chart by an upgrade with uninstall.force=true; Helm wants a rollback first, once its uninstall was refused)',
  );
  return false;
}

function tellAll(what: string, names: readonly string[], tell: ReleaseOptions['tell']): void {
  for (const name of names) tell(`${what} ${name}`);
}
