import { AWS_REASONS } from './reasons/aws.ts';
import { CLUSTER_REASONS } from './reasons/cluster.ts';

/** What doctor can find wrong. Reasons are stable: scripts may look for them. */
export const REASONS = { ...CLUSTER_REASONS, ...AWS_REASONS };

export type Reason = keyof typeof REASONS;
