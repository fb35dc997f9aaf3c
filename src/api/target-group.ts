import { z } from 'zod';
import { condition } from './condition.ts';

const portRef = z.union([z.object({ name: z.string() }), z.object({ number: z.int() })]);

/** What the load balancer lane says: which target group in AWS belongs to which port of which Service. */
export const targetGroupSpec = z.object({
  arn: z.string().describe('ARN of the target group.'),
  loadBalancer: z.string().describe('Name of the LoadBalancer object whose stack it is part of.'),
  service: z.object({ name: z.string(), port: portRef.describe('By name or by number.') }),
  targetType: z.enum(['ip', 'instance']),
  addressFamily: z.enum(['IPv4', 'IPv6']),
  vpcId: z.string(),
  healthCheckPort: z.int().describe('Port of the health check where it is not the traffic port.').exactOptional(),
  nodeSelector: z.record(z.string(), z.string()).describe('Instance targets: labels a node must have.').exactOptional(),
  backendSecurityGroup: z
    .string()
    .describe('Security group that sends the traffic; absent when rules toward nodes are not ours to write.')
    .exactOptional(),
});

/** What the targets lane says of it. */
export const targetGroupStatus = z.object({
  observedGeneration: z.int().exactOptional(),
  registeredHash: z.string().describe('Hash of the registered (uid, ip, port).').exactOptional(),
  registered: z.int().exactOptional(),
  healthy: z.int().exactOptional(),
  observedAt: z.string().describe('When AWS was last asked for the health of the targets.').exactOptional(),
  conditions: z.array(condition).exactOptional(),
});

export type TargetGroupSpec = z.infer<typeof targetGroupSpec>;
export type TargetGroupStatus = z.infer<typeof targetGroupStatus>;
