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

async function register(registrationEnds: 'everywhere' | 'at-once') {
  world = startWorld(2);
  const group = world.createTargetGroup('shop');
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  await world.listening();
  world.aws.configure({ propagationLagMs: { min: 1000, max: 1000 }, registrationEnds });
  const target = await world.serve(saying('new'));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  return { group, state: () => world.statesOf(group)[target.Id] };
}

test('a new target is healthy once every node knows it, and then each sends to it', async () => {
  const { state } = await register('everywhere');
  await realClock.sleep(500);
  expect(state()).toBe('initial Elb.RegistrationInProgress');
  expect((await world.ask()).status).toBe(503);
  await until(() => state() === 'healthy');
  expect([...(await bodies(2, 0)), ...(await bodies(2, 1))]).toEqual(Array(4).fill('new'));
});

test('where registration ends at once a target is healthy before nodes send to it', async () => {
  const { state } = await register('at-once');
  await until(() => state() === 'healthy');
  expect((await world.ask()).status).toBe(503);
  await realClock.sleep(1100);
  expect((await world.ask()).body).toBe('new');
});

test('register, deregister, listener and rule changes each draw a lag of their own, on each node', async () => {
  world = startWorld(2, { settings: { propagationLagMs: { min: 0, max: 9_000_000 }, registrationEnds: 'at-once' } });
  const draws: number[][] = [];
  const draw = async () => {
    await realClock.sleep(1);
    draws.push(world.plane.lags().map(({ lastMs }) => lastMs));
  };
  const group = world.createTargetGroup('shop');
  const listener = world.createListener(world.createLoadBalancer(), forwardTo(group));
  await draw();
  const Targets = [{ Id: '10.0.1.59', Port: 80 }];
  world.call('RegisterTargets', { TargetGroupArn: group, Targets });
  await draw();
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets });
  expect(world.statesOf(group)).toEqual({ '10.0.1.59': 'draining Target.DeregistrationInProgress' });
  await draw();
  const Conditions = [{ Field: 'path-pattern', Values: ['/x'] }];
  world.call('CreateRule', { ListenerArn: listener, Priority: 1, Conditions, Actions: fixed('200') });
  await draw();
  world.call('ModifyListener', { ListenerArn: listener, Port: 8081 });
  await draw();
  expect(new Set(draws.flat()).size).toBe(draws.length * 2);
});

test('some changes may have lags of their own', async () => {
  world = startWorld(2);
  const { group, leaving } = await twoTargets({ 'deregistration_delay.timeout_seconds': '60' });
  world.aws.configure({ changeLagMs: { deregister: { min: 700, max: 700 } } });
  const third = await world.serve(saying('third'));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [third] });
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [leaving] });
  await until(async () => new Set(await bodies(6)).has('third'));
  expect(new Set(await bodies(6))).toContain('leaving');
  await realClock.sleep(800);
  expect(new Set(await bodies(6))).toEqual(new Set(['third', 'staying']));
  expect(() => world.aws.configure({ changeLagMs: { leave: { min: 0, max: 1 } } as object })).toThrow(
    /known: register/,
  );
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

test('a stream that is still under way then is broken off, on every node at the same time', async () => {
  world = startWorld(2, { clock: fastClock(10) });
  const streaming: http.ServerResponse[] = [];
  const target = await world.serve((request, response) => {
    if (request.url === '/healthz') return void response.end();
    response.write('begun');
    return void streaming.push(response);
  });
  const group = world.createTargetGroup('shop');
  const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '3' }];
  world.call('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  await until(() => world.statesOf(group)[target.Id] === 'healthy');
  const outcomes = [0, 1].map((node) => world.ask({ node }).then(String, (error: Error) => error.message));
  await until(() => streaming.length === 2);
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [target] });
  expect(await Promise.all(outcomes)).toEqual(['aborted', 'aborted']);
  expect(world.statesOf(group)).toEqual({});
});

test('a node whose lag outlasts the deregistration delay sends on to a target that is gone', async () => {
  world = startWorld(2, { clock: fastClock(10) });
  const { group, leaving } = await twoTargets({ 'deregistration_delay.timeout_seconds': '1' });
  world.aws.configure({ changeLagMs: { deregister: { min: 8_000, max: 8_000 } } });
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [leaving] });
  await until(() => world.statesOf(group)[leaving.Id] === undefined);
  expect(new Set(await bodies(6))).toContain('leaving');
  await realClock.sleep(900);
  expect(new Set(await bodies(6))).toEqual(new Set(['staying']));
});

test('the history tells each state of a target, and when each node saw it', async () => {
  world = startWorld(2);
  const { group, leaving } = await twoTargets({ 'deregistration_delay.timeout_seconds': '1' });
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [leaving] });
  await until(() => world.statesOf(group)[leaving.Id] === undefined);
  await realClock.sleep(10);
  const line = world.aws.history.lines().find(({ target }) => target === `${leaving.Id}:${leaving.Port}`)!;
  expect(line.targetGroup).toBe('shop');
  expect(line.states.map(({ state }) => state)).toEqual(['initial', 'initial', 'healthy', 'draining', 'unused']);
  for (const zone of ['eu-central-1a', 'eu-central-1b'])
    expect(line.nodes.filter(({ node }) => node.startsWith(zone)).map(({ sees }) => sees)).toEqual([
      'initial',
      'healthy',
      'draining',
      'gone',
    ]);
  const times = line.states.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(Math.abs(Date.now() - times.at(-1)!)).toBeLessThan(5_000);
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
