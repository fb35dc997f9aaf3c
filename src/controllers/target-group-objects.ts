import { isDeepStrictEqual } from 'node:util';
import type { TargetGroupObject, TargetGroupSpec } from '../cluster/objects.ts';
import { Gone } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Stack, TargetGroup } from '../model/stack.ts';
import { ledgerName } from './ledger.ts';
import { ensureOwn } from './own-objects.ts';

/** One target group of a stack that exists in AWS. */
export type MadeGroup = { stack: Stack; id: string; arn: string; backend: string | undefined };

/** Writes the TargetGroup object of a group, so that the targets lane knows of it. */
export async function linkGroup(
  made: MadeGroup,
  objects: TargetGroupObject[],
  { kube, controllerId }: { kube: KubeApi; controllerId: string },
): Promise<void> {
  const group = made.stack.targetGroups.find(({ id }) => id === made.id);
  if (group === undefined) return;
  // The name it has in AWS: a replacement has an object of its own, and both are served while one gives way to the other.
  const key = { namespace: group.backend.namespace, name: nameIn(made.arn) ?? group.name };
  const known = objects.find(({ namespace, name }) => namespace === key.namespace && name === key.name);
  const spec = specOf(group, made, controllerId);
  if (isDeepStrictEqual(known?.spec, spec)) return;
  await ensureOwn(kube, { resource: RESOURCES.targetGroup, wanted: { metadata: key, spec }, controllerId });
}

/** ELBv2 API reference, ARN formats: `…:targetgroup/<name>/<id>`. */
const nameIn = (arn: string): string | undefined => arn.match(/:targetgroup\/([^/]+)\//)?.[1];

function specOf(group: TargetGroup, { stack, arn, backend }: MadeGroup, controllerId: string): TargetGroupSpec {
  const { healthCheck, nodeSelector } = group;
  const opensNodes = stack.loadBalancer.attachBackendSecurityGroup && backend !== undefined;
  return {
    arn,
    loadBalancer: ledgerName(stack.key, controllerId),
    service: { name: group.backend.service, port: group.backend.port },
    targetType: group.targetType,
    addressFamily: group.ipAddressType === 'ipv6' ? 'IPv6' : 'IPv4',
    vpcId: stack.vpcId,
    ...(healthCheck.port !== 'traffic-port' && { healthCheckPort: healthCheck.port }),
    unhealthyAfter: healthCheck.intervalSeconds * healthCheck.unhealthyThreshold + healthCheck.timeoutSeconds,
    ...(nodeSelector !== undefined && { nodeSelector }),
    ...(opensNodes && { backendSecurityGroup: backend }),
    loadBalancerType: 'application',
    drain: group.drain,
  };
}

/** Lets go of a group that is not part of its stack any more. */
export async function deleteObject(kube: KubeApi, { namespace, name, uid }: TargetGroupObject): Promise<void> {
  await kube.delete(RESOURCES.targetGroup, { namespace, name, uid }).catch((error: unknown) => {
    if (!(error instanceof Gone)) throw error;
  });
}
