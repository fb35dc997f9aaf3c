import { describe, expect, test } from 'vitest';
import type { ElbApi } from '../../src/aws/api.ts';
import { Bucket } from '../../src/aws/bucket.ts';
import { Budget, type CallRecord } from '../../src/aws/budget.ts';
import { fencedApi } from '../../src/aws/fence.ts';
import { ELB_ACTIONS } from '../../src/aws/lanes.ts';
import { Denied, NotLeader, Throttled } from '../../src/errors.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

type Answer = (action: string) => Promise<object>;

/** An ELBv2 of which every method is answered by one function. */
function elbThat(answer: Answer): ElbApi {
  const methods = Object.keys(ELB_ACTIONS).map((name) => [name, () => answer(name)]);
  return Object.fromEntries(methods) as ElbApi;
}

const throttle = () =>
  Promise.reject(Object.assign(new Error('Rate exceeded'), { name: 'Throttling', $metadata: { httpStatusCode: 400 } }));
const target = { TargetGroupArn: 'group', Targets: [{ Id: '10.0.0.1', Port: 80 }] };

describe('Budget', () => {
  test('lets higher lanes go first when calls have to wait', async () => {
    const clock = new VirtualClock();
    const sent: string[] = [];
    const gate = Promise.withResolvers<object>();
    const budget = new Budget({ clock, concurrency: 1 });
    const elb = budget.elb(
      elbThat((action) => {
        sent.push(action);
        return action === 'describeTags' ? gate.promise : Promise.resolve({});
      }),
    );
    const sweep = budget.elb(
      elbThat(async () => ({ swept: sent.push('sweep') })),
      'sweep',
    );
    const all = [
      elb.describeTags({ ResourceArns: [] }),
      sweep.describeRules({}),
      elb.describeTargetHealth({ TargetGroupArn: 'group' }),
      elb.modifyLoadBalancerAttributes({ LoadBalancerArn: 'lb', Attributes: [] }),
      elb.modifyRule({ RuleArn: 'rule' }),
      elb.registerTargets(target),
      elb.deregisterTargets(target),
    ];
    gate.resolve({});
    await Promise.all(all);
    expect(sent).toEqual([
      'describeTags',
      'deregisterTargets',
      'registerTargets',
      'modifyRule',
      'modifyLoadBalancerAttributes',
      'describeTargetHealth',
      'sweep',
    ]);
  });

  test('of two deregistrations the one that is due earlier goes first, and what goes is asked for when it does', async () => {
    const clock = new VirtualClock();
    const gone: string[] = [];
    const hang = Promise.withResolvers<object>();
    const budget = new Budget({ clock, concurrency: 1 });
    const elb = elbThat(() => hang.promise);
    void budget.elb(elb).describeTags({ ResourceArns: [] });
    const api = {
      ...elb,
      deregisterTargets: async (given: { TargetGroupArn?: string | undefined }) => ({
        gone: gone.push(given.TargetGroupArn ?? ''),
      }),
    } as never;
    const held = Array.from({ length: 20 }, () => budget.deregister(api, { dueAt: 0, input: () => undefined })); // no token is left
    const late = budget.deregister(api, { dueAt: 9_000, input: () => ({ TargetGroupArn: 'late', Targets: [] }) });
    const early = budget.deregister(api, { dueAt: 3_000, input: () => ({ TargetGroupArn: 'early', Targets: [] }) });
    const nothing = budget.deregister(api, { dueAt: 1_000, input: () => undefined });
    await clock.advance(2_000);
    await Promise.all([...held, late, early, nothing]);
    expect(gone).toEqual(['early', 'late']);
  });

  test('sends a throttled call again instead of failing it, ever more slowly', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    const answer: Answer = () => {
      times.push(clock.monotonic());
      return times.length < 5 ? throttle() : Promise.resolve({ done: true });
    };
    const budget = new Budget({ clock });
    let result: object | undefined;
    void budget
      .elb(elbThat(answer))
      .registerTargets(target)
      .then((output) => (result = output));
    await clock.runUntil(() => result !== undefined, 120_000);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits.every((wait, index) => index === 0 || wait > (waits[index - 1] ?? 0))).toBe(true);
    expect(budget.calls()).toEqual({ RegisterTargets: 5 });
  });

  test('tells a caller who was throttled for too long', async () => {
    const clock = new VirtualClock();
    let error: unknown;
    const budget = new Budget({ clock, patience: 2 });
    budget
      .elb(elbThat(throttle))
      .createRule({ ListenerArn: 'l', Priority: 1, Conditions: [], Actions: [] })
      .catch((caught: unknown) => (error = caught));
    await clock.runUntil(() => error !== undefined, 120_000);
    expect(error).toBeInstanceOf(Throttled);
    expect(budget.calls()).toEqual({ CreateRule: 3 });
  });

  test('keeps a throttled family from slowing the others down', async () => {
    const clock = new VirtualClock();
    const budget = new Budget({ clock });
    const elb = budget.elb(elbThat((action) => (action === 'modifyRule' ? throttle() : Promise.resolve({}))));
    void elb.modifyRule({ RuleArn: 'rule' }).catch(() => undefined);
    await elb.registerTargets(target);
    expect(clock.monotonic()).toBe(0);
  });

  test('bounds how many calls are on the way', async () => {
    const clock = new VirtualClock();
    let running = 0;
    let most = 0;
    const answer: Answer = async () => {
      most = Math.max(most, ++running);
      await clock.sleep(10);
      running -= 1;
      return {};
    };
    const elb = new Budget({ clock, concurrency: 3 }).elb(elbThat(answer));
    let done = false;
    void Promise.all(Array.from({ length: 20 }, () => elb.describeTags({ ResourceArns: [] }))).then(
      () => (done = true),
    );
    await clock.runUntil(() => done, 60_000);
    expect(most).toBe(3);
  });

  test('says of each call what it was and how it ended', async () => {
    const clock = new VirtualClock();
    const calls: CallRecord[] = [];
    const denied = Object.assign(new Error('no'), { name: 'AccessDenied' });
    const elb = new Budget({ clock, onCall: (call) => calls.push(call) }).elb(elbThat(() => Promise.reject(denied)));
    await expect(elb.createRule({ ListenerArn: 'l', Priority: 1, Conditions: [], Actions: [] })).rejects.toBeInstanceOf(
      Denied,
    );
    expect(calls).toMatchObject([{ action: 'CreateRule', lane: 'rules', waitedMs: 0, tookMs: 0 }]);
    expect(calls[0]?.error).toMatchObject({ action: 'elasticloadbalancing:CreateRule' });
  });
});

/** How many tokens ten seconds give to one who takes all there are. */
async function takenInTenSeconds(bucket: Bucket, clock: VirtualClock): Promise<number> {
  let taken = 0;
  for (let tick = 0; tick < 100; tick++) {
    while (bucket.take()) taken += 1;
    await clock.advance(100);
  }
  return taken;
}

describe('Bucket', () => {
  test('never gives more than its burst and its rate', async () => {
    const clock = new VirtualClock();
    const bucket = new Bucket({ perSecond: 10, burst: 40 }, clock);
    const taken = await takenInTenSeconds(bucket, clock);
    expect(taken).toBeLessThanOrEqual(40 + 100);
    expect(taken).toBeGreaterThan(130);
  });

  test('halves its rate once for a burst of throttles and grows back without them', async () => {
    const clock = new VirtualClock();
    const bucket = new Bucket({ perSecond: 8, burst: 20 }, clock);
    bucket.throttled();
    bucket.throttled();
    expect(bucket.take()).toBe(false);
    expect(await takenInTenSeconds(bucket, clock)).toBe(39);
    for (let second = 0; second < 60; second++) {
      await clock.advance(1000);
      bucket.succeeded();
    }
    while (bucket.take());
    expect(await takenInTenSeconds(bucket, clock)).toBeGreaterThan(80);
  });

  test('R23: asks the fence after every wait: a call that was throttled is not sent again without the lease', async () => {
    const clock = new VirtualClock();
    let sent = 0;
    let open = true;
    const check = (): void => {
      if (!open) throw new NotLeader('not held');
    };
    const elb = elbThat(() => {
      sent++;
      return throttle();
    });
    const calling = new Budget({ clock }).elb(fencedApi(elb, check)).deregisterTargets(target);
    const outcome = calling.then(
      () => undefined,
      (error: unknown) => error,
    );
    await clock.settle();
    expect(sent).toBe(1);
    open = false;
    await clock.advance(60_000);
    expect(await outcome).toBeInstanceOf(NotLeader);
    expect(sent).toBe(1);
  });

  test('a fence lets every call that only reads through', async () => {
    const check = (): void => {
      throw new NotLeader('not held');
    };
    const elb = fencedApi(
      elbThat(async (action) => ({ action })),
      check,
    );
    const through: string[] = [];
    for (const method of Object.keys(ELB_ACTIONS) as (keyof ElbApi)[])
      await (elb[method] as (input: object) => Promise<unknown>)({}).then(
        () => through.push(method),
        () => undefined,
      );
    expect(through).toEqual(Object.keys(ELB_ACTIONS).filter((method) => method.startsWith('describe')));
  });
});
