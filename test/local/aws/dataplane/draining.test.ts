import type * as http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { addInstance } from '../../../../src/local/aws/network.ts';
import type { LocalAwsSettings } from '../../../../src/local/aws/settings.ts';
import { realClock } from '../../../../src/runtime/clock.ts';
import { type Answer, fastClock, forwardTo, startWorld, type Target, until, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const saying =
  (text: string): http.RequestListener =>
  (request, response) =>
    void response.end(request.url === '/healthz' ? '' : text);

async function shop(targets: Target[], attributes: Record<string, string> = {}) {
  const group = world.createTargetGroup('shop');
  const Attributes = Object.entries({ 'deregistration_delay.timeout_seconds': '60', ...attributes }).map(
    ([Key, Value]) => ({ Key, Value }),
  );
  world.call('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: targets });
  await until(() => Object.values(world.statesOf(group)).every((state) => state === 'healthy'));
  return group;
}

async function answers(count: number): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => world.ask()));
}

const bodies = async (count: number): Promise<Set<string>> => new Set((await answers(count)).map(({ body }) => body));

test.each([
  ['accept', undefined, 'healthy', ['other', 'same']],
  ['refuse', 'InvalidTarget', 'draining Target.DeregistrationInProgress', ['other']],
  ['stay-draining', undefined, 'draining Target.DeregistrationInProgress', ['other']],
] as const)(
  'registering a draining target anew, %s: error %s, state %s, answers from %j',
  async (reregistration, error, state, from) => {
    world = startWorld(9, { settings: { reregistration } as Partial<LocalAwsSettings> });
    const [same, other] = [await world.serve(saying('same')), await world.serve(saying('other'))];
    const group = await shop([same, other]);
    const targets = { TargetGroupArn: group, Targets: [same] };
    world.call('DeregisterTargets', targets);
    await until(async () => (await bodies(4)).size === 1);
    const refused = ((): string | undefined => {
      try {
        world.call('RegisterTargets', targets);
        return undefined;
      } catch (thrown) {
        return (thrown as { Code: string }).Code;
      }
    })();
    expect(refused).toBe(error);
    await until(() => world.statesOf(group)[same.Id] === state);
    await realClock.sleep(50);
    expect([...(await bodies(6))].toSorted()).toEqual(from);
  },
);

test('a rule that is closed while a target drains loses the requests of nodes that lag, as 504', async () => {
  world = startWorld(9, { clock: fastClock(20) });
  addInstance(world.aws, { id: 'i-0leaving', privateAddresses: ['10.0.2.141'] });
  const nodes = [...world.aws.state.securityGroups.values()].find(({ name }) => name === 'nodes')!;
  nodes.rules.push({ id: 'sgr-open', egress: false, protocol: '-1', cidr: '0.0.0.0/0', tags: {} });
  // Slow enough for the requests to be under way at the same time, each on a connection of its own.
  const slowly: http.RequestListener = (request, response) =>
    void realClock.after(request.url === '/healthz' ? 0 : 50, () => response.end('leaving'));
  const leaving = await world.serve(slowly, '10.0.2.141');
  const staying = await world.serve(saying('staying'));
  const group = await shop([leaving, staying]);
  const lag = { min: 40_000, max: 40_000 };
  world.aws.configure({ changeLagMs: { deregister: lag, health: lag } });
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [leaving] });
  const statuses = async (count: number) => new Set((await answers(count)).map(({ status }) => status));
  expect(await statuses(8)).toEqual(new Set([200]));
  nodes.rules.pop();
  // More at a time than before: connections that are open are used on.
  expect(await statuses(24)).toEqual(new Set([200, 504]));
  await realClock.sleep(2_000);
  expect(await statuses(24)).toEqual(new Set([200]));
});

test('a connection that was open before its rule was closed is used on', async () => {
  world = startWorld(9, { clock: fastClock(20) });
  addInstance(world.aws, { id: 'i-0node', privateAddresses: ['10.0.2.142'] });
  const nodes = [...world.aws.state.securityGroups.values()].find(({ name }) => name === 'nodes')!;
  nodes.rules.push({ id: 'sgr-open', egress: false, protocol: '-1', cidr: '0.0.0.0/0', tags: {} });
  await shop([await world.serve(saying('open'), '10.0.2.142')]);
  expect((await world.ask()).body).toBe('open');
  nodes.rules.pop();
  expect((await world.ask()).body).toBe('open');
  expect((await answers(2)).map(({ status }) => status).toSorted()).toEqual([200, 504]);
});

test('an address in a black hole answers neither requests nor health checks', async () => {
  world = startWorld(9, { clock: fastClock(20) });
  const lost = await world.serve(saying('lost'));
  const group = await shop([lost]);
  expect((await world.ask()).body).toBe('lost');
  world.aws.configure({ blackholes: [`${lost.Id}/32`] });
  expect((await world.ask()).status).toBe(504);
  await until(() => world.statesOf(group)[lost.Id] === 'unhealthy Target.Timeout');
});

test('with fewer healthy targets than the percentage asks for, unhealthy ones are used as well', async () => {
  world = startWorld(9, { clock: fastClock(20) });
  let sick = false;
  const target = (name: string) =>
    world.serve((request, response) => {
      response.statusCode = request.url === '/healthz' && sick && name !== 'a' ? 500 : 200;
      response.end(name);
    });
  const targets = [await target('a'), await target('b'), await target('c'), await target('d')];
  const key = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage';
  const group = await shop(targets, { [key]: '50' });
  sick = true;
  await until(() => Object.values(world.statesOf(group)).filter((state) => state === 'healthy').length === 1);
  await realClock.sleep(20);
  expect(await bodies(8)).toEqual(new Set(['a', 'b', 'c', 'd']));
  const Attributes = [{ Key: key, Value: '25' }];
  world.call('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
  await realClock.sleep(20);
  expect(await bodies(8)).toEqual(new Set(['a']));
});
