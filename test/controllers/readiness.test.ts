import { describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localElbApi } from '../../src/local/aws/in-memory.ts';
import { ingress, service } from '../scenarios/manifests.ts';
import { openReadiness, type ReadinessWorld } from './readiness-world.ts';

/** A target group that no load balancer uses. */
async function spareGroup({ world: { aws } }: ReadinessWorld): Promise<string> {
  const { vpcId: VpcId } = aws.settings;
  const group = { Name: 'spare', Protocol: 'HTTP', Port: 8080, VpcId, TargetType: 'ip' } as const;
  const { TargetGroups } = await localElbApi(aws).createTargetGroup(group);
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

describe('the gate of a pod behind a target group', () => {
  test('opens when its target was seen healthy, and is written once for each change', async () => {
    const shop = await openReadiness();
    shop.sick.add('10.0.1.11');
    await shop.pod('web-11');
    await shop.world.advance(20_000);
    expect(await shop.gate('web-11')).toBe('False TargetUnhealthy');
    expect(await shop.message('web-11')).toContain(
      '10.0.1.11:8080 is unhealthy (Target.FailedHealthChecks: Health checks failed) since 20',
    );
    shop.sick.clear();
    await shop.world.advance(20_000);
    expect(await shop.gate('web-11')).toBe('True TargetHealthy');
    expect(shop.writes().length).toBeLessThanOrEqual(3);
    await shop.world.advance(60_000);
    expect(shop.writes()).toEqual([]);
  });

  test('of a pod whose target is healthy soon is written once', async () => {
    const shop = await openReadiness();
    await shop.pod('web-11');
    await shop.world.advance(5_000);
    expect([await shop.gate('web-11'), shop.writes()]).toEqual(['True TargetHealthy', ['patch pods web-11']]);
  });

  test('is told to be closed when the wait is news', async () => {
    const shop = await openReadiness({ aws: { registrationMs: 4_000 } });
    await shop.pod('web-11');
    await shop.world.advance(3_000);
    expect(await shop.gate('web-11')).toBe('False TargetInitial');
  });

  test('leaves every other condition of the pod alone', async () => {
    const shop = await openReadiness();
    await shop.pod('web-11');
    await shop.world.advance(10_000);
    const pod = await shop.world.kube.get(RESOURCES.pod, { namespace: 'shop', name: 'web-11' });
    const { conditions } = (pod as unknown as { status: { conditions: { type: string }[] } }).status;
    expect(conditions.map(({ type }) => type).toSorted()).toEqual([
      'ContainersReady',
      'Ready',
      'podwire.dev/target-ready',
    ]);
  });

  test('stays open while the target fails later', async () => {
    const shop = await openReadiness();
    await shop.pod('web-11');
    await shop.world.advance(10_000);
    shop.sick.add('10.0.1.11');
    await shop.world.advance(120_000);
    expect(await shop.gate('web-11')).toBe('True TargetHealthy');
  });

  test('closes when the pod gets another address, until that is healthy', async () => {
    const shop = await openReadiness({ aws: { registrationMs: 10_000 } });
    await shop.pod('web-11');
    await shop.world.advance(30_000);
    expect(await shop.gate('web-11')).toBe('True TargetHealthy');
    await shop.start('web-11', '10.0.1.12');
    await shop.world.advance(2_000);
    expect(await shop.gate('web-11')).toBe('False TargetInitial');
    await shop.world.advance(30_000);
    expect(await shop.gate('web-11')).toBe('True TargetHealthy');
  });

  test('30 pods at once: one look a tick, whatever their number', async () => {
    const shop = await openReadiness({ aws: { registrationMs: 20_000 } });
    const names = Array.from({ length: 30 }, (_, n) => `web-${n + 11}`);
    for (const name of names) await shop.pod(name);
    const before = shop.calls('describeTargetHealth');
    await shop.world.advance(19_000);
    const looks = shop.calls('describeTargetHealth') - before;
    expect(looks).toBeGreaterThanOrEqual(3);
    expect(looks).toBeLessThanOrEqual(8);
    await shop.world.advance(20_000);
    for (const name of names) expect(await shop.gate(name)).toBe('True TargetHealthy');
  });
});

describe('pods that are no targets', () => {
  test('of a labelled namespace are opened at once', async () => {
    const shop = await openReadiness();
    await shop.pod('job-11', { labels: { app: 'job' } });
    await shop.world.advance(100);
    expect(await shop.gate('job-11')).toBe('True NotATarget');
  });

  test('that have opted out, likewise', async () => {
    const shop = await openReadiness();
    await shop.pod('web-11', { annotations: { 'podwire.dev/drain': 'off' } });
    await shop.world.advance(100);
    expect(await shop.gate('web-11')).toBe('True NotATarget');
  });

  test('behind nodes only are opened at once', async () => {
    const shop = await openReadiness();
    await shop.world.apply(service({ name: 'web', type: 'NodePort' }));
    await shop.world.annotate('shop', { 'alb.ingress.kubernetes.io/target-type': 'instance' });
    await shop.world.advance(120_000);
    await shop.pod('web-11');
    await shop.world.advance(100);
    expect(await shop.gate('web-11')).toBe('True NotATarget');
  });
});

describe('targets that AWS never checks', () => {
  test('a group without a load balancer opens the gate, and says so', async () => {
    const shop = await openReadiness();
    const { world } = shop;
    const arn = await spareGroup(shop);
    await world.apply({
      apiVersion: 'podwire.dev/v1',
      kind: 'TargetGroup',
      metadata: { name: 'spare', namespace: 'shop' },
      spec: {
        arn,
        loadBalancer: 'nobody',
        service: { name: 'web', port: { number: 80 } },
        targetType: 'ip',
        addressFamily: 'IPv4',
        vpcId: world.aws.settings.vpcId,
      },
    });
    await shop.pod('web-11');
    await world.advance(20_000);
    expect(await shop.gate('web-11')).toBe('True TargetHealthy');
    expect(await shop.message('web-11')).toContain('shop/spare is not in use for 10.0.1.11:8080');
  });

  test('a zone that is not enabled opens the gate, with a warning', async () => {
    const shop = await openReadiness({
      annotations: ({ aws }) => ({
        subnets: [...aws.state.subnets.values()]
          .filter(({ cidr }) => /^10\.0\.[12]\./.test(cidr))
          .map(({ id }) => id)
          .join(','),
      }),
    });
    await shop.pod('web-11', { address: '10.0.3.11' });
    await shop.world.advance(20_000);
    expect(await shop.gate('web-11')).toBe('True NotInUse');
    expect((await shop.world.events('web-11')).join()).toContain('ZoneNotEnabled');
  });
});

describe('order of creation', () => {
  test('pod, Service and Ingress in one breath: closed until the target group is there and saw it healthy', async () => {
    const shop = await openReadiness();
    await shop.world.apply(service({ name: 'api' }), ingress({ name: 'api', rules: [{ service: 'api' }] }));
    await shop.pod('api-21', { labels: { app: 'api' } });
    await shop.world.advance(0);
    expect((await shop.gate('api-21')).split(' ')[0]).not.toBe('True');
  });

  test('an Ingress that is refused holds no gate', async () => {
    const shop = await openReadiness();
    await shop.world.apply(
      service({ name: 'api' }),
      ingress({ name: 'api', rules: [{ service: 'api' }], annotations: { 'target-type': 'nonsense' } }),
    );
    await shop.world.advance(1_000);
    await shop.pod('api-21', { labels: { app: 'api' } });
    await shop.world.advance(1_000);
    expect(await shop.gate('api-21')).toBe('True NotATarget');
  });
});

describe('when there is nothing to protect', () => {
  test('the first pod of a Service that never gets healthy opens after the time-out', async () => {
    const shop = await openReadiness();
    shop.sick.add('10.0.1.11');
    await shop.pod('web-11');
    await shop.world.advance(595_000);
    expect(await shop.gate('web-11')).toBe('False TargetUnhealthy');
    await shop.world.advance(15_000);
    expect(await shop.gate('web-11')).toBe('True TimedOutNothingToProtect');
    expect((await shop.world.events('web-11')).join()).toContain('TimedOutNothingToProtect');
  });

  test('with a ready pod beside it, it stays closed for good', async () => {
    const shop = await openReadiness();
    await shop.pod('web-10');
    await shop.world.advance(20_000);
    await shop.settle();
    shop.sick.add('10.0.1.11');
    await shop.pod('web-11');
    await shop.world.advance(700_000);
    expect(await shop.gate('web-11')).toBe('False TimedOutProtecting');
  });

  test('AWS that cannot be asked: closed while somebody is ready, open after a minute where nobody is', async () => {
    const shop = await openReadiness();
    shop.world.aws.configure({
      faults: [{ action: 'DescribeTargetHealth', code: 'InternalFailure', httpStatus: 500 }],
    });
    await shop.pod('web-11');
    await shop.world.advance(50_000);
    expect(await shop.gate('web-11')).toBe('False AwsError');
    await shop.world.advance(60_000);
    expect(await shop.gate('web-11')).toBe('True AwsUnavailable');
    await shop.settle();
    await shop.pod('web-12');
    await shop.world.advance(600_000);
    expect((await shop.gate('web-12')).split(' ')[0]).toBe('False');
    shop.world.aws.configure({ faults: [] });
    await shop.world.advance(120_000);
    expect(await shop.gate('web-12')).toBe('True TargetHealthy');
  });
});

test('control: without the gate a pod is open before AWS knows of it', async () => {
  const shop = await openReadiness({ controls: ['no-gate'] });
  shop.sick.add('10.0.1.11');
  await shop.pod('web-11');
  await shop.world.advance(100);
  expect(await shop.gate('web-11')).toBe('True SwitchedOff');
});

describe('the peer\u2019s gates', () => {
  const binding = (targetGroupARN: string, claim: boolean) => ({
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata: { name: 'tgb', namespace: 'shop', ...(claim && { annotations: { 'podwire.dev/claim': 'true' } }) },
    spec: { serviceRef: { name: 'web', port: 80 }, targetGroupARN, targetType: 'ip' },
  });
  const GATE = 'target-health.elbv2.k8s.aws/tgb';

  test('of a claimed TargetGroupBinding are opened with ours, of another left alone', async () => {
    const shop = await openReadiness();
    await shop.world.apply(binding(await spareGroup(shop), true));
    await shop.world.advance(2_000);
    await shop.pod('web-11', { gates: [GATE, 'target-health.elbv2.k8s.aws/other'] });
    await shop.world.advance(10_000);
    expect(await shop.gate('web-11', GATE)).toBe('True TargetHealthy');
    expect(await shop.gate('web-11', 'target-health.elbv2.k8s.aws/other')).toBe('none');
  });

  test('of a binding that is not claimed are left alone', async () => {
    const shop = await openReadiness();
    await shop.world.apply(binding(await spareGroup(shop), false));
    await shop.pod('web-11', { gates: [GATE] });
    await shop.world.advance(10_000);
    expect(await shop.gate('web-11', GATE)).toBe('none');
  });
});

test('start times are kept on the TargetGroup object', async () => {
  const shop = await openReadiness({ aws: { registrationMs: 7_000 } });
  for (const n of [11, 12, 13]) await shop.pod(`web-${n}`);
  await shop.world.advance(40_000);
  const [object] = await shop.world.kube.list(RESOURCES.targetGroup, { namespace: 'shop' });
  const { startSeconds } = (object as unknown as { status: { startSeconds: { healthy: number } } }).status;
  expect(startSeconds.healthy).toBeGreaterThanOrEqual(7);
  expect(startSeconds.healthy).toBeLessThanOrEqual(13);
});
