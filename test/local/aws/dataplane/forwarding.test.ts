import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { realClock } from '../../../../src/runtime/clock.ts';
import { fastClock, fixed, forwardTo, send, startWorld, until, type Target, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = startWorld(1, { clock: fastClock(10) });
});
afterEach(() => world.close());

/** One ALB, one target group with these targets, all healthy. */
async function shop(targets: Target[], more: object = {}): Promise<string> {
  const group = world.createTargetGroup('shop', more);
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: targets });
  await until(() => Object.values(world.statesOf(group)).every((state) => state === 'healthy'));
  return group;
}

const saying =
  (text: string): http.RequestListener =>
  (request, response) =>
    response.end(request.url === '/healthz' ? 'ok' : text);

test('requests reach every healthy target in turn, and the client sees the answer as it is', async () => {
  const targets = await Promise.all(['a', 'b', 'c'].map((name) => world.serve(saying(name))));
  await shop(targets);
  const answers = await Promise.all(Array.from({ length: 9 }, () => world.ask()));
  expect(answers.map(({ status }) => status)).toEqual(Array(9).fill(200));
  expect(
    answers
      .map(({ body }) => body)
      .toSorted()
      .join(''),
  ).toBe('aaabbbccc');
});

test('a target sees the client in X-Forwarded headers, Host as sent, and a trace id', async () => {
  await shop([await world.serve((request, response) => response.end(JSON.stringify(request.headers)))]);
  const headers = {
    'X-Forwarded-For': '203.0.113.7',
    'X-Forwarded-Proto': 'gopher',
    Connection: 'X-Secret',
    'X-Secret': '1',
  };
  const seen = JSON.parse((await world.ask({ host: 'Shop.Example.com', headers })).body) as Record<string, string>;
  expect(seen).toMatchObject({
    host: 'Shop.Example.com',
    'x-forwarded-for': '203.0.113.7, 127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': '8080',
  });
  expect(seen['x-amzn-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  expect(seen['x-secret']).toBeUndefined();
});

test.each([
  ['preserve', '203.0.113.7'],
  ['remove', undefined],
])('xff_header_processing.mode %s leaves %s', async (mode, expected) => {
  await shop([await world.serve((request, response) => response.end(JSON.stringify(request.headers)))]);
  const [loadBalancer] = world.aws.state.loadBalancers.keys();
  const Attributes = [{ Key: 'routing.http.xff_header_processing.mode', Value: mode }];
  world.call('ModifyLoadBalancerAttributes', { LoadBalancerArn: loadBalancer, Attributes });
  const { body } = await world.ask({ headers: { 'X-Forwarded-For': '203.0.113.7' } });
  expect((JSON.parse(body) as Record<string, string>)['x-forwarded-for']).toBe(expected);
});

test('bodies stream through both ways before they are whole', async () => {
  await shop([
    await world.serve((request, response) => {
      if (request.url === '/healthz') response.end();
      else request.pipe(response);
    }),
  ]);
  const at = await world.listening();
  const request = http.request({ host: at.host, port: at.port, method: 'POST', headers: { Host: 'shop.localhost' } });
  request.write('first');
  const response = await new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  expect(String((await chunks.next()).value)).toBe('first');
  request.end('second');
  expect(String((await chunks.next()).value)).toBe('second');
  expect((await chunks.next()).done).toBe(true);
});

test.each(['POST', 'PUT', 'DELETE', 'GET'])('a %s without a body arrives without one', async (method) => {
  await shop([
    await world.serve((request, response) => {
      const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
      request.resume().on('end', () => response.end(JSON.stringify({ length, encoding })));
    }),
  ]);
  const headers = method === 'POST' || method === 'PUT' ? { 'Content-Length': 0 } : {};
  const { body } = await world.ask({ method, headers });
  expect(JSON.parse(body)).toEqual(method === 'POST' || method === 'PUT' ? { length: '0' } : {});
});

test('the load balancer answers 100-continue itself and keeps Expect from the target', async () => {
  await shop([
    await world.serve((request, response) =>
      request.resume().on('end', () => response.end(String(request.headers.expect))),
    ),
  ]);
  const at = await world.listening();
  const headers = { Host: 'shop.localhost', Expect: '100-continue', 'Content-Length': 2 };
  const request = http.request({ host: at.host, port: at.port, method: 'POST', headers });
  request.flushHeaders();
  await new Promise((resolve) => request.once('continue', resolve));
  const response = new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
  request.end('hi');
  expect(String((await (await response).toArray()).join(''))).toBe('undefined');
});

test('one client connection carries requests to different targets', async () => {
  await shop(await Promise.all(['a', 'b'].map((name) => world.serve(saying(name)))));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  agent.on('free', (socket) => sockets.add(socket));
  const bodies = [];
  for (let i = 0; i < 4; i++) bodies.push((await world.ask({ agent })).body);
  agent.destroy();
  expect(new Set(bodies)).toEqual(new Set(['a', 'b']));
  expect(sockets.size).toBe(1);
});

test('answers of unknown length stay apart on one connection', async () => {
  const answering: http.RequestListener = (request, response) => {
    response.writeHead(200); // without a length: the answer comes in chunks
    if (request.url?.startsWith('/two')) response.write('first ');
    response.end(request.url);
  };
  await shop([await world.serve(answering), await world.serve(answering)]);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 20; i++) {
    expect(await world.ask({ agent, path: `/one/${i}` })).toMatchObject({ status: 200, body: `/one/${i}` });
    expect(await world.ask({ agent, path: `/two/${i}` })).toMatchObject({ status: 200, body: `first /two/${i}` });
  }
  agent.destroy();
});

test('an idle connection that the target closes under a request is a 502: nothing is sent twice', async () => {
  const seen: string[] = [];
  const served = new WeakSet();
  await shop([
    await world.serve((request, response) => {
      if (request.url === '/healthz') return response.end();
      seen.push(request.url ?? '');
      if (served.has(request.socket)) return request.socket.resetAndDestroy();
      served.add(request.socket);
      return response.end('fine');
    }),
  ]);
  expect((await world.ask({ path: '/1' })).status).toBe(200);
  const second = await world.ask({ path: '/2' });
  expect(second.status).toBe(502);
  expect(second.headers.server).toBe('awselb/2.0');
  expect(second.body).toContain('Answered by the load balancer');
  expect(seen).toEqual(['/1', '/2']);
});

test('a target that hangs is a 504 after the idle timeout, and one that breaks off breaks the answer', async () => {
  await shop([
    await world.serve((request, response) => {
      if (request.url === '/healthz') response.end();
      if (request.url !== '/broken') return;
      response.write('half');
      setImmediate(() => response.destroy());
    }),
  ]);
  const [loadBalancer] = world.aws.state.loadBalancers.keys();
  const Attributes = [{ Key: 'idle_timeout.timeout_seconds', Value: '5' }];
  world.call('ModifyLoadBalancerAttributes', { LoadBalancerArn: loadBalancer, Attributes });
  expect((await world.ask()).status).toBe(504);
  await expect(world.ask({ path: '/broken' })).rejects.toThrow('aborted');
});

test('answers that are not HTTP, refused connections and empty groups', async () => {
  const group = world.createTargetGroup('shop');
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  expect((await world.ask()).status).toBe(503);
  const garbage = await world.serve((request, response) => {
    if (request.url === '/healthz') response.end();
    else request.socket.end('SSH-2.0-OpenSSH\r\n');
  });
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [garbage] });
  expect((await world.ask()).status).toBe(503); // still initial
  await until(() => world.statesOf(group)[garbage.Id] === 'healthy');
  expect((await world.ask()).status).toBe(502);
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [garbage] });
  await until(async () => (await world.ask()).status === 503);
  const refusing = { Id: '10.0.1.39', Port: 1 };
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [refusing] });
  await until(() => world.statesOf(group)[refusing.Id] === 'unhealthy Target.FailedHealthChecks');
  const answer = await world.ask(); // fail-open: there is no healthy one
  expect([answer.status, answer.body.includes('refused')]).toEqual([502, true]);
});

test('with no healthy target all unhealthy ones are used, with one only that one', async () => {
  let sick = true;
  const names = ['a', 'b'];
  const targets = await Promise.all(
    names.map((name) =>
      world.serve((request, response) => {
        response.statusCode = request.url === '/healthz' && (sick || name === 'b') ? 500 : 200;
        response.end(name);
      }),
    ),
  );
  const group = world.createTargetGroup('shop', { UnhealthyThresholdCount: 2, HealthyThresholdCount: 2 });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: targets });
  await until(() =>
    Object.values(world.statesOf(group)).every((state) => state === 'unhealthy Target.ResponseCodeMismatch'),
  );
  const some = async (): Promise<Set<string>> =>
    new Set((await Promise.all(Array.from({ length: 6 }, () => world.ask()))).map(({ body }) => body));
  expect(await some()).toEqual(new Set(names));
  sick = false;
  await until(() => world.statesOf(group)[targets[0]!.Id] === 'healthy');
  expect(await some()).toEqual(new Set(['a']));
});

test('least outstanding requests avoids the target that is busy', async () => {
  const waiting: http.ServerResponse[] = [];
  const slow = await world.serve((request, response) => {
    if (request.url === '/slow') waiting.push(response);
    else response.end('first');
  });
  const group = await shop([slow]);
  const Attributes = [{ Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' }];
  world.call('ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes });
  const pending = world.ask({ path: '/slow' });
  await until(() => waiting.length === 1);
  const second = await world.serve(saying('second'));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [second] });
  await until(() => world.statesOf(group)[second.Id] === 'healthy');
  const bodies = [];
  for (let i = 0; i < 4; i++) bodies.push((await world.ask()).body);
  expect(bodies).toEqual(Array(4).fill('second'));
  waiting[0]!.end('done');
  expect((await pending).body).toBe('done');
});

test.each([
  ['TRACE', {}, 405],
  ['GET', { 'X-Forwarded-For': Array.from({ length: 31 }, (_, i) => `192.0.2.${i}`).join(', ') }, 463],
])('%s is refused by the load balancer itself: %o → %d', async (method, headers, status) => {
  await shop([await world.serve(saying('target'))]);
  expect((await world.ask({ method, headers })).status).toBe(status);
});

test('a request without Host or with broken syntax is a 400 by the load balancer', async () => {
  await shop([await world.serve(saying('target'))]);
  const at = await world.listening();
  const { connect } = await import('node:net');
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', 'NONSENSE\r\n\r\n']) {
    const socket = connect(at.port, at.host);
    socket.end(bytes);
    const text = (await socket.toArray()).join('');
    expect(text).toMatch(/^HTTP\/1.1 400 Bad Request\r\nServer: awselb\/2.0/);
  }
});

test('a WebSocket is passed on, and ends with either side', async () => {
  const server = http.createServer((_request, response) => response.end());
  const ended: string[] = [];
  server.on('upgrade', (request, socket) => {
    ended.push(`begun with ${String(request.headers['x-forwarded-for'])}`);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.on('data', (data: Buffer) => socket.write(data.toString().toUpperCase()));
    socket.on('error', () => undefined).on('end', () => socket.end());
    socket.on('close', () => ended.push('ended'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.1.19', resolve));
  await shop([{ Id: '10.0.1.19', Port: (server.address() as AddressInfo).port }]);
  const socket = await switchProtocols();
  socket.write('hello');
  const echoed = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  expect(String(echoed)).toBe('HELLO');
  socket.destroy();
  await until(() => ended.length === 2);
  expect(ended).toEqual(['begun with 127.0.0.1', 'ended']);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function switchProtocols(): Promise<Duplex> {
  const at = await world.listening();
  const headers = { Host: 'shop.localhost', Connection: 'Upgrade', Upgrade: 'websocket' };
  const request = http.request({ host: at.host, port: at.port, headers });
  request.end();
  return new Promise((resolve) => request.once('upgrade', (_answer, socket) => resolve(socket)));
}

test('a listener that is deleted closes its sockets, and a load balancer that is deleted all of them', async () => {
  const loadBalancer = world.createLoadBalancer();
  const first = world.createListener(loadBalancer, fixed('200'));
  world.createListener(loadBalancer, fixed('204'), { Port: 8081 });
  const [one, two] = [await world.listening(), await world.listening(8081)];
  const refused = (at: { host: string; port: number }) =>
    until(() =>
      send({ host: at.host, port: at.port, agent: false }).then(
        () => false,
        () => true,
      ),
    );
  world.call('DeleteListener', { ListenerArn: first });
  await refused(one);
  expect((await world.ask({}, 8081)).status).toBe(204);
  world.call('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer });
  await refused(two);
  await realClock.sleep(20);
  expect(world.plane.addresses()).toEqual([]);
});
