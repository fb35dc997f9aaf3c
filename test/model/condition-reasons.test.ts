import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EVENT_REASONS } from '../../src/kube/reasons.ts';
import { CONDITION_REASONS, progressOf, REFUSAL_REASONS } from '../../src/model/condition-reasons.ts';
import { GATE_REASONS } from '../../src/model/gate-reasons.ts';

/** Words that decide something inside and are said in a message, if at all. */
const INSIDE = new Set([
  ...['Class', 'DefaultClass', 'LegacyClass', 'OtherClass', 'EksAutoMode', 'UnknownClass', 'NoClass', 'ClassGone'],
  ...[
    'PortNotFound',
    'NotReady',
    'Terminating',
    'WrongAddressFamily',
    'NotAnAddress',
    'NoAddress',
    'UnroutableAddress',
  ],
  ...['DuplicateEndpoint', 'NodeNotReady', 'NodeExcluded', 'NodeLeaving', 'NodeNotSelected', 'FargateNode'],
  ...['NoLocalEndpoint', 'ShortPreStop', 'NotInjected', 'ShortGrace', 'NoGate', 'OlderThanLine', 'MirrorPod'],
  ...['OptedOut', 'RestartPolicy', 'NoGrace', 'Requested', 'Unsaid'],
]);

const SAYS = /\breason: '([A-Z]\w+)'|\b(?:is|not)\('\w+', '([A-Z]\w+)'|\bwarning\('([A-Z]\w+)'/g;

const said = (): string[] =>
  ['src/model', 'src/controllers', 'src/cluster'].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/^(explain|doctor|plan)\b/.test(file))
      .flatMap((file) => [...readFileSync(`${root}/${file}`, 'utf8').matchAll(SAYS)])
      .flatMap((found) => found.slice(1).filter((reason) => reason !== undefined)),
  );

test('row 32: every reason that is said is in a table, with what it means', () => {
  const known = [CONDITION_REASONS, REFUSAL_REASONS, EVENT_REASONS, GATE_REASONS].flatMap((table) =>
    Object.keys(table),
  );
  const all = new Set(said());
  expect(all.size).toBeGreaterThan(60);
  expect([...all].filter((reason) => !known.includes(reason) && !INSIDE.has(reason))).toEqual([]);
});

test('row 32: what is refused is stuck, and a name that every object has is no reason', () => {
  expect(Object.keys(REFUSAL_REASONS).map(progressOf)).toEqual(Object.keys(REFUSAL_REASONS).map(() => 'Stalled'));
  expect(['constructor', 'toString', '__proto__', 'TargetsHealthy'].map(progressOf)).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
});
