import { describe, test } from 'vitest';
import { findTools, type ToolName } from '../scripts/tool-cache.ts';

/** Tests that need programs from outside. Without them they are skipped in one line, or fail where `PODWIRE_REQUIRE_TOOLS=1` says they must run. */
export function describeWith(tools: readonly ToolName[], name: string, tests: () => void): void {
  const found = findTools(tools);
  if ('paths' in found) return void describe(name, tests);
  if (process.env.PODWIRE_REQUIRE_TOOLS === '1') {
    test(name, () => {
      throw new Error(found.missing);
    });
    return;
  }
  console.warn(`skipped: ${name}: ${found.missing}`);
  describe.skip(name, tests);
}
