import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Claim, type Look, takeLook } from '../../src/model/confirmation.ts';
import type { GateTarget } from '../../src/model/gate.ts';

describe('what proves a target healthy', () => {
  type Step = { order: number; at: number; health: GateTarget['health'] };
  const STALE = 30_000;
  const claim = (more: Partial<Claim> = {}): Claim => ({
    uid: 'a',
    order: 10,
    at: 0,
    own: true,
    looked: false,
    confirmed: false,
    ...more,
  });
  const after = (start: Claim, ...steps: Step[]): Claim =>
    steps.reduce((now, { health, ...look }) => takeLook(now, look satisfies Look, { health, staleMs: STALE }), start);

  test.each([
    {
      name: 'a look asked for before the acknowledgement',
      start: {},
      steps: [{ order: 9, at: 1, health: 'healthy' }],
      proven: false,
    },
    { name: 'the first look after it', start: {}, steps: [{ order: 11, at: 1, health: 'healthy' }], proven: true },
    {
      name: 'a look that finds it initial',
      start: {},
      steps: [{ order: 11, at: 1, health: 'initial' }],
      proven: false,
    },
    {
      name: 'an address that somebody had, one look',
      start: { own: false },
      steps: [{ order: 11, at: 1, health: 'healthy' }],
      proven: false,
    },
    {
      name: 'an address that somebody had, two looks at once',
      start: { own: false },
      steps: [
        { order: 11, at: 1, health: 'healthy' },
        { order: 12, at: 2_000, health: 'healthy' },
      ],
      proven: false,
    },
    {
      name: 'an address that somebody had, healthy for longer than a failing target stays so',
      start: { own: false },
      steps: [
        { order: 11, at: 1, health: 'healthy' },
        { order: 12, at: 30_001, health: 'healthy' },
      ],
      proven: true,
    },
    {
      name: 'an address that somebody had, checked anew',
      start: { own: false },
      steps: [
        { order: 11, at: 1, health: 'unhealthy' },
        { order: 12, at: 2, health: 'healthy' },
      ],
      proven: true,
    },
    {
      name: 'an address that a record names the pod for, and no acknowledgement',
      start: { order: 0, at: undefined, own: false },
      steps: [
        { order: 11, at: 1, health: 'unhealthy' },
        { order: 12, at: 2, health: 'healthy' },
        { order: 13, at: 60_000, health: 'healthy' },
      ],
      proven: false,
    },
    {
      name: 'a state nobody knows',
      start: { own: false },
      steps: [
        { order: 11, at: 1, health: 'unknown' },
        { order: 12, at: 2, health: 'healthy' },
      ],
      proven: false,
    },
    {
      name: 'healthy once, failing later',
      start: {},
      steps: [
        { order: 11, at: 1, health: 'healthy' },
        { order: 12, at: 2, health: 'unhealthy' },
      ],
      proven: true,
    },
  ] as { name: string; start: Partial<Claim>; steps: Step[]; proven: boolean }[])(
    '$name: $proven',
    ({ start, steps, proven }) => expect(after(claim(start), ...steps).confirmed).toBe(proven),
  );

  test('never without a healthy look that was asked for after the acknowledgement', () => {
    const step = fc.record({
      order: fc.nat(20),
      at: fc.nat(100_000),
      health: fc.constantFrom<GateTarget['health']>('unknown', 'initial', 'healthy', 'unhealthy', 'draining'),
    });
    fc.assert(
      fc.property(fc.boolean(), fc.array(step), (own, steps) => {
        const { confirmed } = after(claim({ own }), ...steps);
        const seen = steps.some(({ order, health }) => order > 10 && health === 'healthy');
        expect(seen || !confirmed).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
