import type * as Ec2 from '@aws-sdk/client-ec2';
import * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintCertificate } from '../../../src/certificate.ts';
import { networkLoadBalancer, openSdkWorld, type SdkWorld } from './sdk-world.ts';
import { createWorld, subnetsOf } from './world.ts';

let world: SdkWorld;
beforeAll(async () => {
  world = await openSdkWorld();
});
afterAll(() => world.close());

test('the SDKs build a load balancer and see its targets become healthy and drain', async () => {
  const { local, elb, ec2 } = world;
  const { Subnets = [] } = await ec2.describeSubnets({
    Filters: [{ Name: 'tag:kubernetes.io/role/elb', Values: ['1', ''] }],
  });
  expect(Subnets).toHaveLength(3);
  const { GroupId = '' } = await ec2.createSecurityGroup({
    GroupName: 'sdk',
    Description: 'from the SDK',
    VpcId: Subnets[0]?.VpcId ?? '',
  });
  await ec2.authorizeSecurityGroupIngress({
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
  const created = await elb.createLoadBalancer({
    Name: 'sdk',
    Subnets: Subnets.map(({ SubnetId = '' }) => SubnetId),
    SecurityGroups: [GroupId],
    Tags: [{ Key: 'k', Value: 'größe = 1 @ home' }],
  });
  const LoadBalancerArn = created.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const groups = await elb.createTargetGroup({
    Name: 'sdk',
    Protocol: 'HTTP',
    Port: 80,
    VpcId: Subnets[0]?.VpcId,
    TargetType: 'ip',
  });
  const TargetGroupArn = groups.TargetGroups?.[0]?.TargetGroupArn ?? '';
  await elb.createListener({
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  const Targets = [{ Id: '10.0.1.10', Port: 8080 }];
  await elb.registerTargets({ TargetGroupArn, Targets });
  const health = async () =>
    (await elb.describeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions?.map(
      (each) => each.TargetHealth?.State,
    );
  expect(await health()).toEqual(['initial']);
  local.aws.reportProbe(TargetGroupArn, { id: '10.0.1.10', port: 8080 }, { ok: true });
  await Elb.waitUntilTargetInService({ client: elb, minDelay: 1, maxWaitTime: 20 }, { TargetGroupArn });
  await elb.deregisterTargets({ TargetGroupArn, Targets });
  expect(await health()).toEqual(['draining']);
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  await Elb.waitUntilLoadBalancersDeleted(
    { client: elb, minDelay: 1, maxWaitTime: 20 },
    { LoadBalancerArns: [LoadBalancerArn] },
  );
  await elb.deleteTargetGroup({ TargetGroupArn });
  await ec2.deleteSecurityGroup({ GroupId });
});

/** Calls that fail, each the same over HTTP and in memory. */
const FAILING: [
  string,
  (api: {
    elb: Pick<
      Elb.ElasticLoadBalancingV2,
      'describeLoadBalancers' | 'createLoadBalancer' | 'addTags' | 'describeListeners'
    >;
    ec2: Pick<Ec2.EC2, 'describeSecurityGroups' | 'createTags'>;
  }) => Promise<unknown>,
][] = [
  ['a missing load balancer', ({ elb: api }) => api.describeLoadBalancers({ Names: ['none'] })],
  ['a malformed name', ({ elb: api }) => api.createLoadBalancer({ Name: '-', Subnets: [] })],
  ['a malformed ARN', ({ elb: api }) => api.addTags({ ResourceArns: ['x'], Tags: [] })],
  ['a missing parameter', ({ elb: api }) => api.createLoadBalancer({} as Elb.CreateLoadBalancerCommandInput)],
  ['a missing security group', ({ ec2: api }) => api.describeSecurityGroups({ GroupIds: ['sg-1'] })],
  ['a missing resource', ({ ec2: api }) => api.createTags({ Resources: ['sg-1'], Tags: [{ Key: 'a', Value: 'b' }] })],
  ['a dry run', ({ ec2: api }) => api.describeSecurityGroups({ DryRun: true })],
];

test.each(FAILING)('%s fails alike over HTTP and in memory', async (_case, call) => {
  const shown = async (api: Parameters<typeof call>[0]) => {
    const error = (await call(api).catch((thrown: unknown) => thrown)) as Error & {
      Code: string;
      $metadata: { httpStatusCode: number };
    };
    return [error.name, error.Code, error.message, error.$metadata.httpStatusCode];
  };
  const inMemory = await shown(createWorld() as unknown as Parameters<typeof call>[0]);
  expect(inMemory[1]).toEqual(expect.any(String));
  expect(await shown(world)).toEqual(inMemory);
});

test('an action that is not served says its name', async () => {
  const { elb, ec2 } = world;
  const message = 'The action DescribeTrustStores of elasticloadbalancing is not served by local AWS.';
  await expect(elb.describeTrustStores({})).rejects.toMatchObject({ Code: 'InvalidAction', message });
  await expect(ec2.describeImages({})).rejects.toMatchObject({
    message: 'The action DescribeImages of ec2 is not served by local AWS.',
  });
});

test('a caller without signature is answered by the action it names', async () => {
  const { local } = world;
  const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
  const response = await fetch(local.url, { method: 'POST', body });
  expect(await response.text()).toContain('<Account>123456789012</Account>');
});

test('a number that is none is refused', async () => {
  const { local } = world;
  const body = new URLSearchParams({ Action: 'DescribeLoadBalancers', PageSize: 'many' });
  const response = await fetch(local.url, { method: 'POST', body });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('<Code>MalformedInput</Code>');
});

test('certificates are imported, listed, described, tagged and deleted over JSON', async () => {
  const { local, elb, acm } = world;
  const pair = await mintCertificate(['shop.test', '*.shop.test'], new Date());
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const { json } = await acm('ImportCertificate', {
    Certificate: base64(pair.certificate),
    PrivateKey: base64(pair.privateKey),
  });
  const CertificateArn = json['CertificateArn'];
  expect(await acm('DescribeCertificate', { CertificateArn })).toMatchObject({
    json: {
      Certificate: {
        Status: 'ISSUED',
        Type: 'IMPORTED',
        SubjectAlternativeNames: ['shop.test', '*.shop.test'],
        InUseBy: [],
      },
    },
  });
  await acm('AddTagsToCertificate', { CertificateArn, Tags: [{ Key: 'a', Value: 'b' }] });
  expect((await acm('ListTagsForCertificate', { CertificateArn })).json).toEqual({ Tags: [{ Key: 'a', Value: 'b' }] });
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'tls', Subnets: subnetsOf(local.aws, 'public') });
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn;
  const DefaultActions = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '200' } }];
  const Certificates = [{ CertificateArn: String(CertificateArn) }];
  await elb.createListener({ LoadBalancerArn, Protocol: 'HTTPS', Port: 443, Certificates, DefaultActions });
  expect(await acm('DeleteCertificate', { CertificateArn })).toMatchObject({
    status: 400,
    json: { __type: 'ResourceInUseException' },
  });
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  await acm('DeleteCertificate', { CertificateArn });
  expect((await acm('ListCertificates', {})).json).toEqual({ CertificateSummaryList: [] });
  const wrong = await mintCertificate(['other.test'], new Date());
  const mixed = await acm('ImportCertificate', {
    Certificate: base64(pair.certificate),
    PrivateKey: base64(wrong.privateKey),
  });
  expect(mixed).toMatchObject({ status: 400, json: { __type: 'ValidationException' } });
});

test('the SDK builds a network load balancer without security groups, with the attributes of its kind', async () => {
  const { elb } = world;
  const { LoadBalancerArn, SecurityGroups, TargetGroupArn, DefaultActions } = await networkLoadBalancer(world);
  expect(LoadBalancerArn).toContain(':loadbalancer/net/flows/');
  expect(SecurityGroups).toEqual([]);
  const wrong = elb.createListener({ LoadBalancerArn, Protocol: 'HTTP', Port: 81, DefaultActions });
  await expect(wrong).rejects.toMatchObject({ name: 'UnsupportedProtocolException' });
  const { Attributes = [] } = await elb.modifyTargetGroupAttributes({
    TargetGroupArn,
    Attributes: [
      { Key: 'deregistration_delay.connection_termination.enabled', Value: 'true' },
      { Key: 'target_health_state.unhealthy.connection_termination.enabled', Value: 'false' },
    ],
  });
  const value = (key: string) => Attributes.find(({ Key }) => Key === key)?.Value;
  expect(value('preserve_client_ip.enabled')).toBe('false');
  expect(value('target_health_state.unhealthy.connection_termination.enabled')).toBe('false');
  expect(value('slow_start.duration_seconds')).toBe(undefined);
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  await elb.deleteTargetGroup({ TargetGroupArn });
});
