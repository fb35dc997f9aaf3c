import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createAccount } from '../../src/aws/account.ts';
import { Budget } from '../../src/aws/budget.ts';
import { createEc2Api, createElbApi } from '../../src/aws/clients.ts';
import { Gone, Invalid, NotLeader, Retry } from '../../src/errors.ts';
import { startLocalAws } from '../../src/local/aws/server.ts';
import type { LocalAwsSettings } from '../../src/local/aws/settings.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { CLUSTER } from '../plan/sample.ts';
import { converge, planOf, shapeOf, stackIn } from './world.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const settingsFor = (endpoint: string) => ({
  region: 'eu-central-1',
  endpoint,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

async function start(settings: Partial<LocalAwsSettings> = {}) {
  const local = await startLocalAws({ settings });
  closing.push(() => local.close());
  return local;
}

/** A server that answers every call in one way. */
async function serve(status: number, body: string): Promise<string> {
  const server: Server = createServer((_request, response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end(body),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the SDK', () => {
  test('makes, keeps and deletes a stack over HTTP', async () => {
    const { url, aws } = await start({ networkInterfaceLingerMs: 0 });
    const world = { aws, clock: new VirtualClock() };
    const budget = new Budget({ clock: realClock });
    const apis = { elb: budget.elb(createElbApi(settingsFor(url))), ec2: budget.ec2(createEc2Api(settingsFor(url))) };
    const account = () => createAccount({ ...apis, clock: realClock, cluster: CLUSTER, vpcId: aws.settings.vpcId });
    const wanted = stackIn(world, { services: ['web', 'api'], ports: [80, 8080] });
    await converge(account(), wanted.key, wanted);
    expect(shapeOf(world)).toHaveLength(1 + 2 + 6 + 2 + 2);
    expect(await planOf(account(), wanted.key, wanted)).toEqual([]);
    await converge(account(), wanted.key, undefined);
    expect(shapeOf(world)).toEqual([expect.stringContaining('podwire-backend')]);
    expect(aws.calls.latest().every(({ userAgent }) => userAgent?.includes('podwire'))).toBe(true);
  });

  test('has its errors told in the closed set', async () => {
    const { url } = await start();
    const elb = createElbApi(settingsFor(url));
    const ec2 = createEc2Api(settingsFor(url));
    const arn =
      'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/none/0123456789abcdef/0123456789abcdef';
    await expect(elb.describeRules({ ListenerArn: arn })).rejects.toBeInstanceOf(Gone);
    await expect(elb.createTargetGroup({ Name: '-wrong-' })).rejects.toBeInstanceOf(Invalid);
    await expect(ec2.deleteSecurityGroup({ GroupId: 'sg-0123456789abcdef0' })).rejects.toBeInstanceOf(Gone);
  });

  test('takes no answer, and one that makes no sense, as a reason to try again', async () => {
    const gone = await startLocalAws();
    await gone.close();
    await expect(createElbApi(settingsFor(gone.url)).describeRules({})).rejects.toBeInstanceOf(Retry);
    const html = await serve(500, '<html><body>NotImplementedError</body></html>');
    await expect(createElbApi(settingsFor(html)).describeRules({})).rejects.toBeInstanceOf(Retry);
    const garbage = await serve(200, 'this is <not xml');
    await expect(createEc2Api(settingsFor(garbage)).describeSubnets({})).rejects.toBeInstanceOf(Retry);
  });

  test('asks the fence of a call that changes something when it is about to be written, and sends nothing against it', async () => {
    const { url, aws } = await start();
    let asked = 0;
    let open = true;
    const fence = (): void => {
      asked++;
      if (!open) throw new NotLeader('not held');
    };
    // Credentials that take their time: the lease may be gone when they are there.
    const credentials = async () => {
      await realClock.sleep(20);
      return { accessKeyId: 'local', secretAccessKey: 'local' };
    };
    const ec2 = createEc2Api({ ...settingsFor(url), credentials: credentials as never, fence });
    const group = { GroupName: 'web', Description: 'web', VpcId: aws.settings.vpcId };
    const calling = ec2.createSecurityGroup(group);
    open = false;
    await expect(calling).rejects.toThrow(NotLeader);
    expect((await ec2.describeSecurityGroups({})).SecurityGroups?.map(({ GroupName }) => GroupName)).not.toContain(
      'web',
    );
    open = true;
    await ec2.createSecurityGroup(group);
    expect(asked).toBe(2);
    expect(aws.calls.counts()['CreateSecurityGroup']).toBe(1);
  });
});
