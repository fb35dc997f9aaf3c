import type * as http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { realClock } from '../../../../src/runtime/clock.ts';
import { type Answer, fastClock, fixed, forwardTo, send, startWorld, until, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const saying =
  (text: string): http.RequestListener =>
  (request, response) =>
    response.end(request.url === '/healthz' ? 'ok' : text);

async function twoTargets(attributes: Record<string, string>) {
  const targets = [await world.serve(saying('leaving')), await world.serve(saying('staying'))];
  const group = world.createTargetGroup('shop');
  const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
  world.call('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: targets });
  await until(() => Object.values(world.statesOf(group)).every((state) => state === 'healthy'));
  await until(async () => new Set(await bodies(4)).size === 2);
  return { group, leaving: targets[0]! };
}

async function bodies(count: number, node = 0): Promise<string[]> {
  const answers: Answer[] = [];
  for (let i = 0; i < count; i++) answers.push(await world.ask({ node }));
  expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(200));
  return answers.map(({ body }) => body);
}

test('a deregistered target gets requests until the lag of the node is over, then none', async () => {
  world = startWorld(2);
  const { group, leaving } = await twoTargets({ 'deregistration_delay.timeout_seconds': '60' });
  world.aws.configure({ propagationLagMs: { min: 1000, max: 1000 } });
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [leaving] });
  expect(world.statesOf(group)[leaving.Id]).toBe('draining Target.DeregistrationInProgress');
  expect(new Set(await bodies(6))).toEqual(new Set(['leaving', 'staying']));
  expect(world.plane.lags().every(({ lastMs }) => lastMs === 1000)).toBe(true);
  await realClock.sleep(1100);
  expect(new Set(await bodies(6))).toEqual(new Set(['staying']));
  expect(world.statesOf(group)[leaving.Id]).toBe('draining Target.DeregistrationInProgress');
});

test('each node has its own lag, drawn from the range and the same for the same seed', async () => {
  const lags = [];
  for (const seed of [7, 7, 8]) {
    world = startWorld(2, { settings: { seed, propagationLagMs: { min: 0, max: 4000 } } });
    world.createListener(world.createLoadBalancer(), fixed('200'));
    await realClock.sleep(1);
    lags.push(world.plane.lags().map(({ lastMs }) => lastMs));
    await world.close();
  }
  expect(new Set(lags[0]).size).toBe(2);
  expect(lags[1]).toEqual(lags[0]);
  expect(lags[2]).not.toEqual(lags[0]);
});

test('a newly healthy target gets requests only after the lag', async () => {
  world = startWorld(2);
  const group = world.createTargetGroup('shop');
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  await world.listening();
  world.aws.configure({ propagationLagMs: { min: 1000, max: 1000 } });
  const target = await world.serve(saying('new'));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  await until(() => world.statesOf(group)[target.Id] === 'healthy');
  expect((await world.ask()).status).toBe(503);
  await realClock.sleep(1100);
  expect((await world.ask()).body).toBe('new');
});

test('a changed rule counts after the lag', async () => {
  world = startWorld(2);
  const listener = world.createListener(world.createLoadBalancer(), fixed('200', 'old'));
  expect((await world.ask()).body).toBe('old');
  world.aws.configure({ propagationLagMs: { min: 800, max: 800 } });
  world.call('ModifyListener', { ListenerArn: listener, DefaultActions: fixed('200', 'new') });
  expect((await world.ask()).body).toBe('old');
  await realClock.sleep(900);
  expect((await world.ask()).body).toBe('new');
});

async function slowRequest(delaySeconds: string) {
  const waiting: http.ServerResponse[] = [];
  const target = await world.serve((request, response) => {
    if (request.url === '/healthz') response.end();
    else waiting.push(response);
  });
  const group = world.createTargetGroup('shop');
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: delaySeconds }];
  world.call('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  await until(() => world.statesOf(group)[target.Id] === 'healthy');
  const answer = world.ask();
  await until(() => waiting.length === 1);
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [target] });
  return { waiting, answer, group };
}

test('a request under way when its target is deregistered may finish', async () => {
  world = startWorld(2);
  const { waiting, answer } = await slowRequest('60');
  await until(async () => (await world.ask()).status === 503);
  waiting[0]!.end('finished');
  expect(await answer).toMatchObject({ status: 200, body: 'finished' });
});

test('one that is still under way when the deregistration delay ends is cut with 502', async () => {
  world = startWorld(2, { clock: fastClock(10) });
  const { answer, group } = await slowRequest('3');
  const cut = await answer;
  expect(cut.status).toBe(502);
  expect(cut.body).toContain('deregistration delay');
  expect(world.statesOf(group)).toEqual({});
});

test('deleting a load balancer ends what is under way on it', async () => {
  world = startWorld(2);
  const { answer } = await slowRequest('60');
  world.call('DeleteLoadBalancer', { LoadBalancerArn: [...world.aws.state.loadBalancers.keys()][0] });
  expect((await answer).status).toBe(502);
});

test('a request under way when the listener moves to another target group finishes', async () => {
  world = startWorld(2);
  const waiting: http.ServerResponse[] = [];
  const target = await world.serve((request, response) => {
    if (request.url === '/healthz') response.end();
    else waiting.push(response);
  });
  const group = world.createTargetGroup('blue');
  const listener = world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  await until(() => world.statesOf(group)[target.Id] === 'healthy');
  const answer = world.ask();
  await until(() => waiting.length === 1);
  world.call('ModifyListener', { ListenerArn: listener, DefaultActions: fixed('200', 'moved') });
  await until(async () => (await world.ask()).body === 'moved');
  await until(() => world.statesOf(group)[target.Id] === 'unused Target.NotInUse');
  waiting[0]!.end('finished');
  expect((await answer).body).toBe('finished');
});

test('after a reset nothing listens', async () => {
  world = startWorld(2);
  world.createListener(world.createLoadBalancer(), fixed('200'));
  const at = await world.listening();
  world.aws.reset();
  const gone = () =>
    send({ host: at.host, port: at.port, agent: false }).then(
      () => false,
      () => true,
    );
  await until(gone);
  expect(world.plane.addresses()).toEqual([]);
});
