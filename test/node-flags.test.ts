import { execFileSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { HEAP_SHARE, NODE_FLAGS } from '../src/node-flags.ts';

/** What a process of Node with these flags says of itself: the limit of its heap, and of its memory, bytes. */
function limits(flags: readonly string[]): { heap: number; memory: number } {
  const script = `const { getHeapStatistics } = require('node:v8');
    console.log(JSON.stringify({ heap: getHeapStatistics().heap_size_limit, memory: process.constrainedMemory() }));`;
  return JSON.parse(execFileSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8' })) as ReturnType<
    typeof limits
  >;
}

test('R14: the heap may take its share of the memory of the container, and of the machine where there is no limit', () => {
  const { heap, memory } = limits(NODE_FLAGS);
  const had = memory > 0 ? Math.min(memory, totalmem()) : totalmem();
  const share = heap / had;
  expect(share).toBeGreaterThan(HEAP_SHARE / 100 - 0.02);
  expect(share).toBeLessThan(HEAP_SHARE / 100 + 0.02);
});

test('R14: control: without the flag Node takes another share', () => {
  const { heap } = limits(NODE_FLAGS.filter((flag) => !flag.includes('old-space')));
  expect(Math.abs(heap / totalmem() - HEAP_SHARE / 100)).toBeGreaterThan(0.02);
});
