import { expect, test } from 'vitest';
import { readControls } from '../../src/settings/controls.ts';

test('nothing is switched off unless it is asked for', () => {
  expect(readControls({})).toEqual({ controls: new Set() });
  expect(readControls({ PODWIRE_CONTROL: '' })).toEqual({ controls: new Set() });
});

test('several are separated by commas', () => {
  const read = readControls({ PODWIRE_CONTROL: 'no-gate, gate-from-cached-health' });
  expect(read).toEqual({ controls: new Set(['no-gate', 'gate-from-cached-health']) });
});

test('a name that is none is named, with those that are', () => {
  expect(readControls({ PODWIRE_CONTROL: 'no-gate,nogate' })).toEqual({
    problems: [
      'PODWIRE_CONTROL: wanted no-gate, gate-from-cached-health, no-uid-check, deregister-first, move-at-once, given nogate',
    ],
  });
});
