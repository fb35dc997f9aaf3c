import { expect, test } from 'vitest';
import type { Standing } from '../../../../src/local/aws/dataplane/balancing.ts';
import { type TargetConfig, targetChange } from '../../../../src/local/aws/dataplane/wanted.ts';

const at = (standing: Standing | undefined): TargetConfig | undefined =>
  standing && { group: 'g', id: '10.0.1.1', port: 80, address: '10.0.1.1', standing };

test.each<[Standing | undefined, Standing | undefined, string | undefined]>([
  [undefined, 'initial', 'register'],
  [undefined, 'healthy', 'register'],
  ['out', 'initial', 'register'],
  ['draining', 'initial', 'register'],
  ['initial', 'healthy', undefined],
  ['initial', 'unhealthy', undefined],
  ['healthy', 'unhealthy', 'health'],
  ['unhealthy', 'healthy', 'health'],
  ['healthy', 'draining', 'deregister'],
  ['initial', 'draining', 'deregister'],
  ['healthy', undefined, 'deregister'],
  ['draining', undefined, undefined],
])('a target that was %s and is %s is news of the kind %s', (before, after, kind) => {
  expect(targetChange(at(before), at(after))).toBe(kind);
});
