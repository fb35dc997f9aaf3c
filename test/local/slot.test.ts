import { expect, test } from 'vitest';
import { claimSlot } from '../../src/local/slot.ts';

test('two claims at the same time never get the same slot, and a released one can be claimed again', async () => {
  const [one, two] = await Promise.all([claimSlot(), claimSlot()]);
  expect(one.number).not.toBe(two.number);
  const lower = Math.min(one.number, two.number);
  await Promise.all([one.release(), two.release()]);
  const again = await claimSlot();
  expect(again.number).toBeLessThanOrEqual(lower);
  await again.release();
});
