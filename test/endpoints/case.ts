import type { Capability } from './capabilities.ts';
import type { Tenant } from './tenant.ts';

/** One test that any endpoint with these capabilities has to pass. ELBv2 is needed unless `withoutElb`. */
export type Case = {
  name: string;
  needs?: readonly Capability[];
  withoutElb?: boolean;
  run: (tenant: Tenant) => Promise<void>;
};

export const needsOf = ({ needs = [], withoutElb }: Case): Capability[] => [
  ...(withoutElb ? [] : ['elbv2' as const]),
  ...needs,
];
