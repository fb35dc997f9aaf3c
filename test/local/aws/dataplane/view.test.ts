import { expect, test } from 'vitest';
import { NodeView } from '../../../../src/local/aws/dataplane/view.ts';
import { realClock } from '../../../../src/runtime/clock.ts';

test('the last change is what stays seen, even when timers of one millisecond fire the wrong way round', () => {
  const timers: (() => void)[] = [];
  const clock = {
    ...realClock,
    monotonic: () => 0,
    after: (_ms: number, run: () => void) => {
      timers.push(run);
      return { cancel: () => undefined };
    },
  };
  const view = new NodeView<string>(clock, () => undefined);
  view.submit(new Map([['listener', 'one rule']]), () => 1_000);
  view.submit(new Map([['listener', 'two rules']]), () => 10);
  view.submit(new Map([['listener', 'three rules']]), () => 10);
  for (const fire of timers.toReversed()) fire();
  expect(timers).toHaveLength(3);
  expect(view.visible('listener')).toBe('three rules');
});

test('a view is behind until the last of what was submitted is due', () => {
  let now = 0;
  const clock = { ...realClock, monotonic: () => now, after: () => ({ cancel: () => undefined }) };
  const view = new NodeView<string>(clock, () => undefined);
  expect(view.behind('target')).toBe(0);
  view.submit(new Map([['target', 'new']]), () => 1_000);
  now = 400;
  expect(view.behind('target')).toBe(600);
  view.submit(new Map([['target', 'changed']]), () => 10);
  expect(view.behind('target')).toBe(600);
  now = 1_500;
  expect(view.behind('target')).toBe(0);
});
