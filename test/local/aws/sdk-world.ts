import * as Ec2 from '@aws-sdk/client-ec2';
import * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { type RunningLocalAws, startLocalAws } from '../../../src/local/aws/server.ts';

type Answer<Json> = Promise<{ status: number; json: Json }>;

/** Local AWS over HTTP, with the clients of the SDK. */
export type SdkWorld = {
  local: RunningLocalAws;
  elb: Elb.ElasticLoadBalancingV2;
  ec2: Ec2.EC2;
  /** Asks the control endpoint. */
  control(method: string, path: string, body?: unknown): Answer<unknown>;
  /** Asks ACM in its JSON protocol. */
  acm(action: string, input: object): Answer<Record<string, unknown>>;
  close(): Promise<void>;
};

export async function openSdkWorld(): Promise<SdkWorld> {
  const local = await startLocalAws({ settings: { registrationMs: 0, networkInterfaceLingerMs: 0 } });
  const settings = {
    endpoint: local.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  };
  const [elb, ec2] = [new Elb.ElasticLoadBalancingV2(settings), new Ec2.EC2(settings)];
  return {
    local,
    elb,
    ec2,
    control: async (method, path, body) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${local.url}/_podwire/${path}`, { method, ...sent });
      return { status: response.status, json: await response.json() };
    },
    acm: async (action, input) => {
      const headers = { 'x-amz-target': `CertificateManager.${action}`, 'content-type': 'application/x-amz-json-1.1' };
      const response = await fetch(local.url, { method: 'POST', headers, body: JSON.stringify(input) });
      return { status: response.status, json: (await response.json()) as Record<string, unknown> };
    },
    close: async () => {
      elb.destroy();
      ec2.destroy();
      await local.close();
    },
  };
}

/** A network load balancer with a TCP listener in front of an empty TCP target group. */
export async function networkLoadBalancer({ elb, ec2 }: SdkWorld) {
  const { Subnets = [] } = await ec2.describeSubnets({
    Filters: [{ Name: 'tag:kubernetes.io/role/elb', Values: ['1', ''] }],
  });
  const [{ SubnetId = '', VpcId = '' } = {}] = Subnets;
  const created = await elb.createLoadBalancer({ Name: 'flows', Type: 'network', Subnets: [SubnetId] });
  const [{ LoadBalancerArn = '', SecurityGroups = [] } = {}] = created.LoadBalancers ?? [];
  const groups = await elb.createTargetGroup({
    Name: 'flows',
    Protocol: 'TCP',
    Port: 80,
    VpcId,
    TargetType: 'ip',
    HealthCheckProtocol: 'HTTP',
    HealthCheckPath: '/healthz',
    HealthCheckIntervalSeconds: 5,
  });
  const TargetGroupArn = groups.TargetGroups?.[0]?.TargetGroupArn ?? '';
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  await elb.createListener({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions });
  return { LoadBalancerArn, SecurityGroups, TargetGroupArn, DefaultActions };
}
