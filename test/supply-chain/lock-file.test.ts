import { expect, test } from 'vitest';
import { ageProblem, newVersions } from '../../scripts/lock-file.ts';

const before = {
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/@b/c': { version: '2.0.0' } },
};

test('N2: a version is new where no package of its name had it', () => {
  const after = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.1' },
      'node_modules/x/node_modules/a': { version: '1.0.0' },
      'node_modules/x/node_modules/@b/c': { version: '2.1.0' },
    },
  };
  expect(newVersions(before, after)).toEqual([
    { name: 'a', version: '1.0.1' },
    { name: '@b/c', version: '2.1.0' },
  ]);
  expect(newVersions(before, before)).toEqual([]);
});

test('N2: a version that has not been out for a week is refused, and one of unknown age too', () => {
  const wanted = { days: 7, now: Date.parse('2026-11-21T00:00:00Z') };
  const a = { name: 'a', version: '1.0.1' };
  expect(ageProblem(a, '2026-11-14T00:00:00Z', wanted)).toBeUndefined();
  expect(ageProblem(a, '2026-11-14T00:00:01Z', wanted)).toBe(
    'a@1.0.1: wanted one that has been out for 7 days, and it came 2026-11-14T00:00:01Z',
  );
  expect(ageProblem(a, undefined, wanted)).toContain('does not say when');
});
