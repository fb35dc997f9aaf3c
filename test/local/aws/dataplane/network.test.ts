import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import * as tls from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { realClock } from '../../../../src/runtime/clock.ts';
import { storeCertificate } from './certificates.ts';
import { fastClock, forwardTo, POLL, startWorld, type Target, until, type World } from './world.ts';

let world: World;
const servers: Server[] = [];
const open = new Set<Socket>();
afterEach(async () => {
  for (const socket of open) socket.destroy();
  open.clear();
  for (const server of servers.splice(0)) server.close();
  await world.close();
});

const LAG = (ms: number) => ({ nlbPropagationLagMs: { min: ms, max: ms } });
const PORT = 8090;
let last = 0;

/** A target that says its name to everyone who connects, and then echoes; it notes who connected. */
async function serve(name: string): Promise<Target & { from: string[]; sockets: Socket[]; stop: () => Promise<void> }> {
  const Id = `10.0.2.${160 + last++}`;
  const [from, sockets]: [string[], Socket[]] = [[], []];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    sockets.push(socket);
    from.push(socket.remoteAddress ?? '');
    socket.on('error', () => undefined);
    socket.write(`${name}\n`);
    socket.pipe(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, Id.replace(/^10/, '127'), resolve));
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { Id, Port: (server.address() as AddressInfo).port, from, sockets, stop };
}

type GroupOptions = { attributes?: Record<string, string>; more?: object; protocol?: string; listener?: object };

/** An NLB with one TCP listener and these targets registered. */
async function flows(
  targets: Target[],
  { attributes = {}, more = {}, protocol = 'TCP', listener = {} }: GroupOptions = {},
) {
  const check = { Protocol: 'TCP', HealthCheckProtocol: 'TCP', HealthCheckPath: undefined };
  const group = world.createTargetGroup('flows', { ...check, ...more });
  const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
  if (Attributes.length > 0) world.call('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
  const loadBalancer = world.createNetworkLoadBalancer();
  world.createListener(loadBalancer, forwardTo(group), { Protocol: protocol, Port: PORT, ...listener });
  const Targets = targets.map(({ Id, Port }) => ({ Id, Port }));
  if (Targets.length > 0) world.call('RegisterTargets', { TargetGroupArn: group, Targets });
  await world.listening(PORT);
  const healthy = () => until(() => Object.values(world.statesOf(group)).every((state) => state === 'healthy'));
  const deregister = ({ Id, Port }: Target) =>
    world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [{ Id, Port }] });
  return { group, healthy, deregister };
}

type Client = { socket: Socket; name: string; closed: Promise<string>; echo: (text: string) => Promise<string> };

/** Connects through a node; `name` is what the target said, or the error. */
async function client(node = 0): Promise<Client> {
  const { host, port } = await world.listening(PORT, node);
  const socket = connect(port, host);
  open.add(socket);
  const closed = new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.once('close', () => resolve('closed'));
  });
  const next = () => new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString().trim())));
  const name = await Promise.race([next(), closed]);
  const echo = (text: string) => {
    socket.write(text);
    return Promise.race([next(), closed]);
  };
  return { socket, name, closed, echo };
}

async function names(count: number, node = 0): Promise<string[]> {
  const heard: string[] = [];
  for (let i = 0; i < count; i++) {
    const { socket, name } = await client(node);
    socket.destroy();
    heard.push(name);
  }
  return heard;
}

test('each connection goes to one target and stays there, and comes from the node', async () => {
  world = startWorld(10, { settings: LAG(0) });
  const targets = [await serve('a'), await serve('b')];
  await (await flows(targets)).healthy();
  expect(new Set(await names(6))).toEqual(new Set(['a', 'b']));
  const { echo } = await client();
  expect([await echo('one'), await echo('two')]).toEqual(['one', 'two']);
  const node = await world.listening(PORT);
  expect(targets.some(({ from }) => from.includes(node.host))).toBe(true);
});

test('what a client has sent is answered although it has closed its side', async () => {
  world = startWorld(10, { settings: LAG(0) });
  await (await flows([await serve('a')])).healthy();
  const { host, port } = await world.listening(PORT);
  const socket = connect({ host, port, allowHalfOpen: true });
  socket.end('all of it');
  expect((await socket.toArray()).join('')).toBe('a\nall of it');
});

test('a new target stays initial for as long as the nodes lag, and a deregistered one gets new connections for as long', async () => {
  world = startWorld(10, { settings: LAG(600) });
  const [leaving, staying] = [await serve('leaving'), await serve('staying')];
  const { group, healthy, deregister } = await flows([leaving, staying], {
    attributes: { 'deregistration_delay.timeout_seconds': '0' },
  });
  expect(Object.values(world.statesOf(group))).toEqual(Array(2).fill('initial Elb.RegistrationInProgress'));
  await healthy();
  const kept = await client();
  deregister(leaving);
  expect(Object.keys(world.statesOf(group))).toEqual([staying.Id]);
  expect(new Set(await names(6))).toEqual(new Set(['leaving', 'staying']));
  await realClock.sleep(700);
  expect(new Set([...(await names(4, 0)), ...(await names(4, 1))])).toEqual(new Set(['staying']));
  expect(await kept.echo('still here')).toBe('still here');
});

test.each([
  ['true', 'ECONNRESET'],
  ['false', 'still here'],
])('at the end of the delay, connections with termination %s: %s', async (enabled, outcome) => {
  world = startWorld(10, { settings: LAG(0), clock: fastClock(10) });
  const leaving = await serve('leaving');
  const { group, healthy, deregister } = await flows([leaving], {
    attributes: {
      'deregistration_delay.timeout_seconds': '3',
      'deregistration_delay.connection_termination.enabled': enabled,
    },
  });
  await healthy();
  const kept = await client();
  deregister(leaving);
  expect(await kept.echo('within the delay')).toBe('within the delay');
  await until(() => world.statesOf(group)[leaving.Id] === undefined);
  await realClock.sleep(50);
  expect(await Promise.race([kept.closed, kept.echo('still here')])).toBe(outcome);
});

test.each([
  ['true', 'ECONNRESET'],
  ['false', 'still here'],
])('connections to a target that becomes unhealthy, with termination %s: %s', async (enabled, outcome) => {
  world = startWorld(10, { settings: LAG(0), clock: fastClock(20) });
  const sick = await serve('sick');
  const { group, healthy } = await flows([sick], {
    attributes: { 'target_health_state.unhealthy.connection_termination.enabled': enabled },
  });
  await healthy();
  const kept = await client();
  void sick.stop();
  await until(() => world.statesOf(group)[sick.Id] === 'unhealthy Target.FailedHealthChecks');
  await realClock.sleep(50);
  expect(await Promise.race([kept.closed, kept.echo('still here')])).toBe(outcome);
});

test('without a healthy target all get connections, without any target they are reset', async () => {
  world = startWorld(10, { settings: LAG(0), clock: fastClock(20) });
  const target = await serve('sick');
  const closed = await serve('closed');
  await closed.stop();
  const more = { HealthCheckPort: String(closed.Port) };
  const { group, deregister } = await flows([], { more });
  expect((await client()).name).toBe('ECONNRESET');
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [{ Id: target.Id, Port: target.Port }] });
  await until(() => world.statesOf(group)[target.Id] === 'unhealthy Target.FailedHealthChecks');
  expect((await client()).name).toBe('sick');
  deregister(target);
  await expect.poll(async () => (await client()).name, POLL).toBe('ECONNRESET');
});

test('a target that refuses or breaks a connection breaks the client’s', async () => {
  world = startWorld(10, { settings: LAG(0) });
  const target = await serve('a');
  await (await flows([target])).healthy();
  const kept = await client();
  target.sockets.at(-1)!.resetAndDestroy();
  expect(await kept.closed).toBe('ECONNRESET');
  void target.stop();
  expect((await client()).name).toBe('ECONNRESET');
});

test('a connection to an address in a black hole is answered by nothing', async () => {
  world = startWorld(10, { settings: LAG(0) });
  const target = await serve('a');
  await (await flows([target])).healthy();
  world.aws.configure({ blackholes: [target.Id] });
  expect(await Promise.race([client().then(({ name }) => name), realClock.sleep(300).then(() => 'nothing')])).toBe(
    'nothing',
  );
});

test('a TCP group may be checked over HTTP', async () => {
  world = startWorld(10, { settings: LAG(0) });
  const target = await world.serve((request, response) => {
    response.statusCode = request.url === '/healthz' ? 204 : 500;
    response.end();
  });
  const more = { HealthCheckProtocol: 'HTTP', HealthCheckPath: '/healthz', Matcher: { HttpCode: '200-299' } };
  await (await flows([target], { more })).healthy();
  expect((await world.ask({}, PORT)).status).toBe(500);
});

test('a TLS listener ends TLS with the certificate of the store', async () => {
  world = startWorld(10, { settings: LAG(0) });
  const { arn, authority } = await storeCertificate(world, 'flows.localhost');
  const listener = { Certificates: [{ CertificateArn: arn }] };
  await (await flows([await serve('a')], { protocol: 'TLS', listener })).healthy();
  const { host, port } = await world.listening(PORT);
  const socket = tls.connect({ host, port, servername: 'flows.localhost', ca: authority });
  const said = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  socket.destroy();
  expect(said.toString()).toBe('a\n');
});
