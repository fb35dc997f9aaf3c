import type * as http from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { matchesCode } from '../../../../src/local/aws/dataplane/matcher.ts';
import { storeCertificate } from './certificates.ts';
import { fastClock, forwardTo, POLL, startWorld, until, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = startWorld(5, { clock: fastClock(20) });
});
afterEach(() => world.close());

test.each([
  ['200', 200, true],
  ['200', 201, false],
  ['200,202', 202, true],
  ['200-299', 250, true],
  ['200-299,404', 404, true],
  ['200-299, 404', 405, false],
])('matcher %s and %d: %s', (codes, status, expected) => {
  expect(matchesCode(codes, status)).toBe(expected);
});

async function oneTarget(handler: http.RequestListener, more: object = {}) {
  const target = await world.serve(handler);
  const group = world.createTargetGroup('shop', { UnhealthyThresholdCount: 2, HealthyThresholdCount: 2, ...more });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  return { group, target, state: () => world.statesOf(group)[target.Id] };
}

test('a probe is a GET of the path with AWS’s headers, on a connection of its own', async () => {
  const seen: http.IncomingMessage[] = [];
  const { target, state } = await oneTarget((request, response) => {
    seen.push(request);
    response.end();
  });
  await until(() => state() === 'healthy' && seen.length > 1);
  expect([seen[0]!.method, seen[0]!.url]).toEqual(['GET', '/healthz']);
  expect(seen[0]!.headers).toMatchObject({
    host: `${target.Id}:${target.Port}`,
    'user-agent': 'ELB-HealthChecker/2.0',
    connection: 'close',
  });
  expect(new Set(seen.map(({ socket }) => socket)).size).toBe(seen.length);
});

test('a target goes unhealthy after its threshold, and back', async () => {
  let status = 200;
  const { group, target, state } = await oneTarget((_request, response) => response.writeHead(status).end());
  await expect.poll(() => state(), POLL).toBe('healthy');
  status = 503;
  await expect.poll(() => state(), POLL).toBe('unhealthy Target.ResponseCodeMismatch');
  type Described = { TargetHealthDescriptions: { TargetHealth: { Description: string } }[] };
  const described = world.call<Described>('DescribeTargetHealth', { TargetGroupArn: group, Targets: [target] });
  expect(described.TargetHealthDescriptions[0]?.TargetHealth.Description).toBe(
    'Health checks failed with these codes: [503]',
  );
  status = 200;
  await expect.poll(() => state(), POLL).toBe('healthy');
});

test('no answer in time is a time-out', async () => {
  const { state } = await oneTarget(() => undefined);
  await expect.poll(() => state(), POLL).toBe('unhealthy Target.Timeout');
});

test('a connection that breaks is a failed check', async () => {
  const { state } = await oneTarget((request) => request.socket.resetAndDestroy());
  await expect.poll(() => state(), POLL).toBe('unhealthy Target.FailedHealthChecks');
});

test('the port of the health check may be another one', async () => {
  const health = await world.serve((_request, response) => response.end(), '10.0.2.100');
  const traffic = { Id: '10.0.2.100', Port: 9 };
  const group = world.createTargetGroup('shop', { HealthCheckPort: String(health.Port) });
  world.createListener(world.createLoadBalancer(), forwardTo(group));
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [traffic] });
  await expect.poll(() => world.statesOf(group)[traffic.Id], POLL).toBe('healthy');
});

test('targets of a group that no rule names are not probed', async () => {
  let probes = 0;
  const target = await world.serve((_request, response) => {
    probes++;
    response.end();
  });
  const idle = world.createTargetGroup('idle');
  world.call('RegisterTargets', { TargetGroupArn: idle, Targets: [target] });
  const used = await oneTarget((_request, response) => response.end());
  await expect.poll(() => used.state(), POLL).toBe('healthy');
  expect([probes, world.statesOf(idle)[target.Id]]).toEqual([0, 'unused Target.NotInUse']);
});

test('a changed health check counts from the next probe, and a draining target is probed no more', async () => {
  const paths: string[] = [];
  const { group, target, state } = await oneTarget((request, response) => {
    paths.push(request.url ?? '');
    response.end();
  });
  await expect.poll(() => state(), POLL).toBe('healthy');
  world.call('ModifyTargetGroup', { TargetGroupArn: group, HealthCheckPath: '/ready' });
  await expect.poll(() => paths.includes('/ready'), POLL).toBe(true);
  world.call('DeregisterTargets', { TargetGroupArn: group, Targets: [target] });
  const before = paths.length;
  await world.aws.clock.sleep(12_000);
  expect(paths.length).toBe(before);
});

test('a gRPC group is told as not supported', async () => {
  const target = await world.serve((_request, response) => response.end());
  const group = world.createTargetGroup('grpc', { ProtocolVersion: 'GRPC', HealthCheckPath: '/AWS.ALB/healthcheck' });
  const { arn } = await storeCertificate(world, 'shop.example.com');
  const https = { Protocol: 'HTTPS', Port: 8443, Certificates: [{ CertificateArn: arn }] };
  world.createListener(world.createLoadBalancer(), forwardTo(group), https);
  world.call('RegisterTargets', { TargetGroupArn: group, Targets: [target] });
  await expect.poll(() => world.statesOf(group)[target.Id], POLL).toBe('unhealthy Target.FailedHealthChecks');
});
