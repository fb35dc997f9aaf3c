import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintCertificate } from '../../../src/certificate.ts';
import { networkLoadBalancer, openSdkWorld, type SdkWorld } from './sdk-world.ts';

let world: SdkWorld;
beforeAll(async () => {
  world = await openSdkWorld();
});
afterAll(() => world.close());

test('the control endpoint counts calls, changes settings, injects faults and starts instances', async () => {
  const { local, elb, ec2, control } = world;
  await control('DELETE', 'calls');
  await control('POST', 'faults', { action: 'DescribeTags', code: 'Throttling', next: 1 });
  await expect(elb.describeTags({ ResourceArns: [] })).rejects.toMatchObject({
    Code: 'Throttling',
    message: 'Rate exceeded',
  });
  await elb.describeTags({ ResourceArns: [] });
  expect((await control('GET', 'calls/counts')).json).toEqual({ DescribeTags: 2 });
  expect((await control('GET', 'calls')).json).toMatchObject([
    {
      action: 'DescribeTags',
      service: 'elasticloadbalancing',
      error: 'Throttling',
      userAgent: expect.stringContaining('aws-sdk-js'),
    },
    { action: 'DescribeTags' },
  ]);
  const { json } = await control('POST', 'instances', { id: 'i-0abc', zone: 'eu-central-1b', tags: { Name: 'node' } });
  expect(json).toEqual({ instanceId: 'i-0abc' });
  const { Reservations } = await ec2.describeInstances({ InstanceIds: ['i-0abc'] });
  expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
    State: { Name: 'running' },
    Placement: { AvailabilityZone: 'eu-central-1b' },
    Tags: [{ Key: 'Name', Value: 'node' }],
  });
  expect((await control('PATCH', 'settings', { latencyMs: 3 })).json).toMatchObject({ latencyMs: 3 });
  expect((await control('PATCH', 'settings', { latency: 3 })).json).toMatchObject({
    error: expect.stringContaining('unknown latency'),
  });
  expect((await control('PATCH', 'settings', { latencyMs: 'slow' })).json).toMatchObject({
    error: expect.stringContaining('wanted number, given "slow"'),
  });
  expect((await control('GET', 'nothing')).status).toBe(404);
  await control('POST', 'reset');
  expect(local.aws.state.instances.size).toBe(0);
});

test('the state is readable without private keys', async () => {
  const { control, acm } = world;
  const pair = await mintCertificate(['secret.test'], new Date());
  await acm('ImportCertificate', { Certificate: pair.certificate, PrivateKey: pair.privateKey });
  const { json } = await control('GET', 'state');
  expect(Object.values((json as { certificates: object }).certificates)).toMatchObject([{ domainName: 'secret.test' }]);
  expect(JSON.stringify(json)).not.toContain('PRIVATE KEY');
});

test('the history of targets is read and forgotten at the control endpoint', async () => {
  const { elb, control } = world;
  const { LoadBalancerArn, TargetGroupArn } = await networkLoadBalancer(world);
  await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: '10.0.1.9', Port: 8080 }] });
  const statesOf = async () => {
    const lines = (await control('GET', 'targets/history')).json as { target: string; states: { state: string }[] }[];
    return lines.find(({ target }) => target === '10.0.1.9:8080')?.states.map(({ state }) => state);
  };
  expect(await statesOf()).toEqual(['initial', 'initial']);
  await control('DELETE', 'targets/history');
  expect(await statesOf()).toBe(undefined);
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  await elb.deleteTargetGroup({ TargetGroupArn });
});

test('a fault for some time is added and taken away at the control endpoint', async () => {
  const { elb, control } = world;
  const fault = { action: 'DescribeTargetGroups', code: 'Throttling', forMs: 60_000 };
  const before = performance.now();
  const { json } = await control('POST', 'faults', fault);
  const kept = (json as { faults: { until: number }[] }).faults.at(-1);
  expect(kept?.until).toBeGreaterThanOrEqual(before + 60_000);
  await expect(elb.describeTargetGroups({})).rejects.toMatchObject({ name: 'Throttling' });
  await control('DELETE', 'faults');
  await elb.describeTargetGroups({});
});
