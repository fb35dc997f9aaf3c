import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountOf } from '../../../src/local/traffic/account.ts';
import type { RecordedRequest } from '../../../src/local/traffic/record.ts';
import type { RequestEntry } from '../../../src/local/request-log.ts';

const POD = 'shop/web-1';
let count = 0;

const request = (began: number, more: Partial<RecordedRequest> = {}): RecordedRequest => ({
  id: `r${count++}`,
  target: 'http://shop/',
  shape: 'short',
  began,
  ended: began + 20,
  lateMs: 0,
  status: 200,
  pod: POD,
  ...more,
});
const lost = (began: number, more: Partial<RecordedRequest> = {}) =>
  request(began, { status: 502, failure: { kind: 'status', error: 'bad gateway' }, ...more });
const told = (
  { id, began }: RecordedRequest,
  what: RequestEntry['what'],
  more: Partial<RequestEntry> = {},
): RequestEntry => ({
  time: began,
  what,
  id,
  pod: POD,
  leaving: false,
  ...more,
});

test('only requests of which a part falls within a window count', () => {
  const requests = [request(0), lost(1_000), request(900, { ended: 4_000 }), lost(5_000)];
  const between = (from: number, to: number) => {
    const { requests: all, failed } = accountOf({ requests, executions: [] }, [{ from, to }]);
    return [all, failed];
  };
  expect(between(2_000, 3_000)).toEqual([1, 0]);
  expect(between(950, 1_010)).toEqual([2, 1]);
  expect(between(0, 6_000)).toEqual([4, 2]);
  expect(accountOf({ requests, executions: [] })).toMatchObject({ requests: 4, failed: 2 });
});

test('failures are counted by kind, and a 502 is not a 503', () => {
  const requests = [
    lost(0),
    lost(1),
    lost(2, { status: 503 }),
    lost(3, { failure: { kind: 'cut', error: 'aborted' } }),
    lost(4, { failure: { kind: 'wrong-service', error: '' }, status: 200 }),
    request(5),
  ];
  const { failures, wrongService, examples } = accountOf({ requests, executions: [] });
  expect(failures).toEqual({ 502: 2, 503: 1, cut: 1, 'wrong-service': 1 });
  expect(wrongService).toBe(1);
  expect(examples[0]).toContain('502');
});

test('what pods did for failed requests is told apart from what they did not', () => {
  const [done, half, untouched, fine] = [lost(0), lost(1), lost(2), request(3)];
  const twice = request(4);
  const elsewhere = request(5, { expected: 'shop/web-' });
  const executions = [
    told(done, 'began'),
    told(done, 'finished'),
    told(half, 'began', { leaving: true }),
    told(twice, 'began'),
    told(twice, 'began', { pod: 'shop/web-2' }),
    told(twice, 'finished'),
    told(elsewhere, 'began', { pod: 'shop/cart-1' }),
    told(elsewhere, 'finished', { pod: 'shop/cart-1' }),
  ];
  const requests = [done, half, untouched, fine, twice, elsewhere];
  expect(accountOf({ requests, executions })).toMatchObject({
    failed: 3,
    executedButFailed: 1,
    begunButFailed: 1,
    executedTwice: 1,
    wrongService: 1,
    begunWhileLeaving: 1,
    unlogged: 1,
  });
});

test('gaps and runs of failures', () => {
  const requests = [0, 100, 200, 2_000, 2_100].map((began) => request(began));
  const failures = [300, 1_000, 1_900, 3_500].map((began) => lost(began));
  const account = accountOf({ requests: [...requests, ...failures], executions: [] }, [{ from: 0, to: 2_500 }]);
  expect(account.longestGapMs).toBe(1_800);
  expect(account.longestErrorWindowMs).toBe(1_600);
});

test('the timeline has every request once, at the step in which it began', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20_000), fc.boolean()), { minLength: 1 }), (drawn) => {
      const requests = drawn.map(([began, good]) => (good ? request(began) : lost(began)));
      const { timeline, failed } = accountOf({ requests, executions: [] });
      const sum = (counts: number[]): number => counts.reduce((a, b) => a + b, 0);
      expect([sum(timeline.requests), sum(timeline.failed)]).toEqual([requests.length, failed]);
      for (const { began } of requests)
        expect(timeline.requests[Math.floor((began - timeline.from) / timeline.stepMs)]).toBeGreaterThan(0);
    }),
  );
});
