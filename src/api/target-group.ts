import { z } from 'zod';
import { condition } from './condition.ts';

const portRef = z.union([z.object({ name: z.string() }), z.object({ number: z.int() })]);

const seconds = z.number().min(0);

/** How long pods of the group must go on serving after they are deleted, and why. Seconds. */
const drainBudget = z.object({
  mode: z.enum(['Audit', 'Managed']).describe('Audit only looks; Managed also injects gate and sleep.'),
  detect: seconds.describe('From the deletion until the operator has seen it.'),
  hold: z.union([seconds, z.literal('auto')]).describe('How long a replacement is waited for before deregistration.'),
  controllerGap: seconds.describe('For how long the operator may be away.'),
  propagation: seconds.describe('From an answered call until every load balancer node acts on it.'),
  margin: seconds,
  gate: z.boolean().describe('Whether pods carry the readiness gate.'),
  gateTimeout: seconds.describe('After that a gate may open for a group that has nothing to protect.'),
  livenessGrace: z.enum(['Preserve', 'Off']),
  preDrain: z
    .boolean()
    .describe('Whether pods leave as soon as their node announces that it goes; absent reads as false.')
    .exactOptional(),
});

/** What the load balancer lane says: which target group in AWS belongs to which port of which Service. */
export const targetGroupSpec = z.object({
  arn: z.string().describe('ARN of the target group.'),
  loadBalancer: z
    .string()
    .describe('Name of the LoadBalancer object whose stack it is part of; empty for one of a TargetGroupBinding.'),
  binding: z
    .string()
    .describe('Name of the TargetGroupBinding it serves, whose target group is not ours to change.')
    .exactOptional(),
  service: z.object({ name: z.string(), port: portRef.describe('By name or by number.') }),
  targetType: z.enum(['ip', 'instance']),
  addressFamily: z.enum(['IPv4', 'IPv6']),
  vpcId: z.string(),
  healthCheckPort: z.int().describe('Port of the health check where it is not the traffic port.').exactOptional(),
  unhealthyAfter: seconds
    .describe('Seconds of failing health checks until a target is told unhealthy; absent reads as 30.')
    .exactOptional(),
  nodeSelector: z.record(z.string(), z.string()).describe('Instance targets: labels a node must have.').exactOptional(),
  backendSecurityGroup: z
    .string()
    .describe('Security group that sends the traffic; absent when rules toward nodes are not ours to write.')
    .exactOptional(),
  loadBalancerType: z.enum(['application', 'network']).describe('Absent reads as application.').exactOptional(),
  drain: drainBudget.describe('Drain budget of its pods; absent where nothing is known of it yet.').exactOptional(),
});

/** What the targets lane says of it. */
export const targetGroupStatus = z.object({
  observedGeneration: z.int().exactOptional(),
  registeredHash: z.string().describe('Hash of the registered (uid, ip, port).').exactOptional(),
  registered: z.int().exactOptional(),
  healthy: z.int().exactOptional(),
  targets: z.string().describe('Healthy and registered targets, as kubectl shows them: `2/3`.').exactOptional(),
  observedAt: z.string().describe('When AWS was last asked for the health of the targets.').exactOptional(),
  startSeconds: z
    .object({ ready: seconds, healthy: seconds })
    .describe('p95 of a pod from creation to ready containers, and from there to healthy; what hold: auto waits for.')
    .exactOptional(),
  conditions: z.array(condition).exactOptional(),
});

export type DrainBudget = z.infer<typeof drainBudget>;
export type TargetGroupSpec = z.infer<typeof targetGroupSpec>;
export type TargetGroupStatus = z.infer<typeof targetGroupStatus>;
