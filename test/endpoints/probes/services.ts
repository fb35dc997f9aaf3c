import { until } from '../../../src/local/until.ts';
import { albPage, codeOf, ec2Page, elbPage, expectSame, FULFILLED, type Probe } from '../probe.ts';
import { createNetwork, deleteNetwork } from '../region.ts';
import type { Scratch } from '../scratch.ts';
import { callJson, callQuery } from '../wire.ts';

/** Which services and which means of the test bed there are. */
export const SERVICE_PROBES = {
  elbv2: {
    aws: 'serves ELBv2',
    source: elbPage('DescribeLoadBalancers'),
    ask: async ({ region }) => {
      await region.elb.describeLoadBalancers({});
      return FULFILLED;
    },
  },
  instances: {
    aws: 'starts instances',
    source: ec2Page('RunInstances'),
    ask: async (scratch) => {
      await scratch.instance([await scratch.securityGroup()]);
      return FULFILLED;
    },
  },
  networks: {
    aws: 'makes VPCs and subnets, and takes them away again',
    source: ec2Page('CreateVpc'),
    ask: async ({ region }) => {
      const network = await createNetwork(region.ec2Client);
      await deleteNetwork(region.ec2Client, network);
      return FULFILLED;
    },
  },
  certificates: {
    aws: 'imports certificates into ACM',
    source: 'https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html',
    ask: async (scratch) => {
      await scratch.certificate();
      return FULFILLED;
    },
  },
  wafv2: {
    aws: 'serves AWS WAF',
    source: 'https://docs.aws.amazon.com/waf/latest/APIReference/API_ListWebACLs.html',
    ask: ({ region }) =>
      askJson(region, 'wafv2', { target: 'AWSWAF_20190729.ListWebACLs', input: { Scope: 'REGIONAL' } }),
  },
  shield: {
    aws: 'serves AWS Shield',
    source: 'https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_ListProtections.html',
    ask: ({ region }) => askJson(region, 'shield', { target: 'AWSShield_20160616.ListProtections', input: {} }),
  },
  trustStores: {
    aws: 'serves trust stores',
    source: elbPage('DescribeTrustStores'),
    ask: async ({ region }) => {
      const parameters = { Action: 'DescribeTrustStores', Version: '2015-12-01' };
      const { status, text } = await callQuery(region.endpoint, 'elasticloadbalancing', parameters);
      return status === 200 ? FULFILLED : refusal(status, text);
    },
  },
  throttling: {
    aws: 'throttles',
    source: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html',
    ask: async ({ region }) => {
      const calls = () => Promise.all(Array.from({ length: 15 }, () => codeOf(region.elb.describeLoadBalancers({}))));
      const codes = await during(region.endpoint.throttling, calls);
      return codes?.includes('Throttling') ? FULFILLED : `cannot be made to throttle`;
    },
  },
  authorization: {
    aws: 'refuses those who lack the right',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html',
    ask: async ({ region }) => {
      const code = await during(region.endpoint.refusing, () => codeOf(region.elb.describeLoadBalancers({})));
      return code === undefined || code === 'no error' ? 'cannot be made to refuse' : FULFILLED;
    },
  },
  dataPlane: {
    of: 'elbv2',
    aws: 'load balancers answer requests',
    source: albPage('introduction'),
    ask: async (scratch) => {
      const { listenerAddress } = scratch.region.endpoint;
      if (!listenerAddress) return 'no listener opens a port that could be found';
      const loadBalancer = await scratch.loadBalancer({ SecurityGroups: [await openGroup(scratch)] });
      await scratch.listener(loadBalancer);
      const { host, port } = await until('a listener', async () => listenerAddress(loadBalancer, 80));
      return expectSame('a request', (await fetch(`http://${host}:${port}/`)).status, 404);
    },
  },
} satisfies Record<string, Probe>;

async function askJson(
  { endpoint }: Scratch['region'],
  service: string,
  request: { target: string; input: object },
): Promise<string> {
  const { status, text } = await callJson(endpoint, service, request);
  return status === 200 ? FULFILLED : refusal(status, text);
}

function refusal(status: number, text: string): string {
  const code = /"__type": ?"([\w#.]+)"|<Code>(\w+)</.exec(text);
  return `answers ${status} ${code?.[1] ?? code?.[2] ?? 'without a code'}`;
}

/** Nothing where the endpoint has no such means. */
async function during<Answer>(
  means: ((work: () => Promise<void>) => Promise<void>) | undefined,
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  let answer: Answer | undefined;
  await means?.(async () => {
    answer = await ask();
  });
  return answer;
}

async function openGroup(scratch: Scratch): Promise<string> {
  const GroupId = await scratch.securityGroup();
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  await scratch.region.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  return GroupId;
}
