import { z } from 'zod';
import { condition } from './condition.ts';

export const loadBalancerSpec = z.object({
  stack: z.string().describe('`group/<name>`, or `ingress/<namespace>/<name>` for an Ingress of its own.'),
});

const memberStatus = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  accepted: z.boolean(),
  reason: z.string(),
  message: z.string(),
  observedGeneration: z.int().describe('Generation of the Ingress that this is said of.').exactOptional(),
  lastGood: z
    .string()
    .describe(
      'The last input of this member that was accepted, as JSON, deflated where it is long: it stays served while a newer one is refused.',
    )
    .exactOptional(),
});

const weights = z.object({
  port: z.int().describe('Port of the listener.'),
  priority: z.int().describe('Of the rule; 0 for the default action.'),
  targets: z.array(z.object({ group: z.string().describe('ARN of the target group.'), weight: z.int() })),
});

/** The ledger of one stack: hints that save calls, and what a person wants to know. Tags in AWS decide. */
export const loadBalancerStatus = z.object({
  observedGeneration: z.int().exactOptional(),
  arn: z.string().exactOptional(),
  dnsName: z.string().exactOptional(),
  resources: z.record(z.string(), z.string()).describe('ARN or id by resource id.').exactOptional(),
  appliedHash: z.string().describe('Hash of the inputs whose stack was applied last.').exactOptional(),
  verifiedAt: z.string().describe('When AWS was last compared with the stack.').exactOptional(),
  targetGroups: z
    .string()
    .describe('Target groups with a healthy target and all of them, as kubectl shows them: `2/3`.')
    .exactOptional(),
  weights: z
    .array(weights)
    .describe('Weights that stand in AWS, of every rule with several target groups; absent while they are not known.')
    .exactOptional(),
  members: z.array(memberStatus).exactOptional(),
  conditions: z.array(condition).exactOptional(),
});

export type LoadBalancerSpec = z.infer<typeof loadBalancerSpec>;
export type MemberStatus = z.infer<typeof memberStatus>;
export type LoadBalancerStatus = z.infer<typeof loadBalancerStatus>;
