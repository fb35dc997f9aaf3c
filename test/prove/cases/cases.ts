import type { ProofCase } from '../case.ts';
import { ADDRESSES } from './addresses.ts';
import { AWS_FAULTS } from './aws-faults.ts';
import { BAD_VERSIONS } from './bad-versions.ts';
import { CONTAINERS } from './containers.ts';
import { EVICTIONS } from './evictions.ts';
import { FLIPS } from './flips.ts';
import { GATES } from './gates.ts';
import { INJECTED_CASES } from './injected.ts';
import { NODES } from './nodes.ts';
import { OPERATORS } from './operators.ts';
import { ROLLOUTS } from './rollouts.ts';
import { SEVERAL_GROUPS } from './several-groups.ts';

const LATER: ProofCase[] = [
  {
    case: 35,
    name: 'drain by health check, all operators and the AWS API down',
    control: 'no sleep',
    notYet: 'HealthGate is not built yet',
  },
];

/** Every case, by number. */
export const CASES: readonly ProofCase[] = [
  ...ROLLOUTS,
  ...OPERATORS,
  ...AWS_FAULTS,
  ...ADDRESSES,
  ...EVICTIONS,
  ...GATES,
  ...BAD_VERSIONS,
  ...SEVERAL_GROUPS,
  ...FLIPS,
  ...CONTAINERS,
  ...INJECTED_CASES,
  ...NODES,
  ...LATER,
].toSorted((a, b) => a.case - b.case);
