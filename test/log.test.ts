import { expect, test } from 'vitest';
import { type LogOptions, openLogs } from '../src/log.ts';
import { LOG_KEYS } from '../src/log/keys.ts';
import { noteGeneration } from '../src/runtime/pass.ts';
import { startController } from '../src/runtime/controller.ts';
import { VirtualClock } from '../src/runtime/virtual-clock.ts';

function open(more: Partial<LogOptions> = {}, isTTY = false) {
  const lines: string[] = [];
  const out = { isTTY, write: (line: string) => lines.push(line) };
  const logs = openLogs({ level: 'info', format: 'auto', out, ...more });
  return { logs, lines, read: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('R2: JSON has level, time in ISO 8601, module and message', () => {
  const { logs, read } = open();
  logs.of('kube').warn({ error: 'no' }, 'watch');
  expect(read()).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      module: 'kube',
      error: 'no',
      msg: 'watch',
    },
  ]);
});

test.each([
  ['auto', true, 'text'],
  ['auto', false, 'json'],
  ['json', true, 'json'],
  ['text', false, 'text'],
] as const)('R2: --log-format %s with a terminal %s is %s', (format, isTTY, wanted) => {
  const { logs, lines } = open({ format }, isTTY);
  logs.of('operator').info({ url: 'http://127.0.0.1:8080', reason: 'two words' }, 'metrics');
  const rest = 'metrics module=operator url=http://127.0.0.1:8080 reason="two words"';
  const wantedLine = { json: /^\{"level":"info",.*"msg":"metrics"\}\n$/, text: new RegExp(`^\\S+Z INFO  ${rest}\n$`) };
  expect(lines).toEqual([expect.stringMatching(wantedLine[wanted]) as string]);
});

test('R2: what a pass logs names the pass and its object, also after it has waited, and beside others', async () => {
  const clock = new VirtualClock();
  const { logs, read } = open();
  const controller = startController({
    name: 'targets',
    clock,
    concurrency: 2,
    reconcile: async (key) => {
      noteGeneration(key === 'shop/a' ? 3 : 4);
      logs.of('controllers').info('begun');
      await clock.sleep(1_000);
      logs.of('controllers').info('ended');
      if (key === 'shop/b') throw new Error('no');
    },
    onError: () => logs.of('controllers').warn('failed'),
  });
  controller.add('shop/a');
  controller.add('shop/b');
  await clock.advance(1_000);
  logs.of('controllers').info('outside');
  const said = read().map(({ msg, controller: by, namespace, name, generation }) => ({
    msg,
    by,
    namespace,
    name,
    generation,
  }));
  const a = { by: 'targets', namespace: 'shop', name: 'a', generation: 3 };
  const b = { by: 'targets', namespace: 'shop', name: 'b', generation: 4 };
  expect(said).toEqual([
    { msg: 'begun', ...a },
    { msg: 'begun', ...b },
    { msg: 'ended', ...a },
    { msg: 'ended', ...b },
    { msg: 'failed', ...b },
    { msg: 'outside' },
  ]);
  const ids = new Map(read().map(({ name, reconcileID }) => [`${String(name)} ${String(reconcileID)}`, reconcileID]));
  expect(ids.size).toBe(3);
  const keys = read().flatMap((line) => Object.keys(line));
  expect(keys.filter((key) => !(key in LOG_KEYS))).toEqual([]);
});

test('R2: levels change by module, and debug goes on and off', () => {
  const { logs, read } = open();
  logs.setLevel('error', 'aws');
  expect(logs.toggleDebug()).toBe(true);
  logs.of('aws').debug('one');
  expect(logs.toggleDebug()).toBe(false);
  logs.of('aws').warn('two');
  logs.of('kube').info('three');
  expect(logs.levels()).toMatchObject({ aws: 'error', kube: 'info' });
  expect(read().map(({ msg }) => msg)).toEqual(['one', 'three']);
});
