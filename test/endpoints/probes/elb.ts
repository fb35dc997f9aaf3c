import { albPage, allOf, codeOf, ec2Page, elbPage, expectSame, FULFILLED, type Probe } from '../probe.ts';
import type { Scratch } from '../scratch.ts';

const NOWHERE = 'loadbalancer/app/nowhere/0123456789abcdef';

/** How load balancers, listeners, rules and target groups behave. */
export const ELB_PROBES = {
  duplicateNames: {
    of: 'elbv2',
    aws: 'a load balancer name is given once: the same settings answer with the one there is, others with DuplicateLoadBalancerName',
    source: elbPage('CreateLoadBalancer'),
    ask: async (scratch) => {
      const Name = scratch.name();
      const first = await scratch.loadBalancer({ Name, Scheme: 'internal' });
      const again = await scratch.loadBalancer({ Name, Scheme: 'internal' });
      const other = codeOf(scratch.loadBalancer({ Name, Scheme: 'internet-facing' }));
      return allOf(
        again === first ? FULFILLED : 'makes a second load balancer of the same name',
        expectSame('other settings', await other, 'DuplicateLoadBalancerName'),
      );
    },
  },
  consistentErrors: {
    of: 'elbv2',
    aws: 'what is not there is answered with its NotFound code by every call',
    source: elbPage('DescribeTags'),
    ask: async (scratch) => {
      const { elb, endpoint, accountId } = scratch.region;
      const arn = `arn:aws:elasticloadbalancing:${endpoint.region}:${accountId}:${NOWHERE}`;
      const there = await scratch.loadBalancer();
      const tags = await codeOf(elb.describeTags({ ResourceArns: [arn] }));
      const two = await codeOf(elb.describeLoadBalancers({ LoadBalancerArns: [there, arn] }));
      return allOf(
        expectSame('DescribeTags', tags, 'LoadBalancerNotFound'),
        expectSame('DescribeLoadBalancers of one that is there and one that is not', two, 'LoadBalancerNotFound'),
      );
    },
  },
  deletionProtection: {
    of: 'elbv2',
    aws: 'deletion protection refuses DeleteLoadBalancer',
    source: elbPage('DeleteLoadBalancer'),
    ask: async (scratch) => {
      const { elb } = scratch.region;
      const LoadBalancerArn = await scratch.loadBalancer();
      const protect = (Value: string) =>
        elb.modifyLoadBalancerAttributes({
          LoadBalancerArn,
          Attributes: [{ Key: 'deletion_protection.enabled', Value }],
        });
      await protect('true');
      const code = await codeOf(elb.deleteLoadBalancer({ LoadBalancerArn }));
      if (code !== 'no error') await protect('false');
      return expectSame('DeleteLoadBalancer', code, 'OperationNotPermitted');
    },
  },
  allAttributes: {
    of: 'elbv2',
    aws: 'every attribute of a load balancer is listed, set or not',
    source: albPage('application-load-balancers'),
    ask: async (scratch) => {
      const { Attributes = [] } = await scratch.region.elb.describeLoadBalancerAttributes({
        LoadBalancerArn: await scratch.loadBalancer(),
      });
      const wanted = ['idle_timeout.timeout_seconds', 'routing.http2.enabled', 'access_logs.s3.enabled'];
      const missing = wanted.filter((key) => !Attributes.some(({ Key }) => Key === key));
      return missing.length === 0 ? FULFILLED : `${missing.join(', ')} not listed until set`;
    },
  },
  oneListenerPerPort: {
    of: 'elbv2',
    aws: 'a second listener on a port is refused with DuplicateListener',
    source: elbPage('CreateListener'),
    ask: async (scratch) => {
      const loadBalancer = await scratch.loadBalancer();
      await scratch.listener(loadBalancer);
      // One with the same settings would be handed out again.
      const DefaultActions = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '410' } }];
      const code = await codeOf(scratch.listener(loadBalancer, { DefaultActions }));
      return expectSame('CreateListener', code, 'DuplicateListener');
    },
  },
  ruleOrder: {
    of: 'elbv2',
    aws: 'DescribeRules answers by priority',
    source: albPage('listener-rules'),
    ask: async (scratch) => {
      const listener = await scratch.listener(await scratch.loadBalancer());
      for (const priority of [30, 10, 20]) await scratch.rule(listener, priority);
      const { Rules = [] } = await scratch.region.elb.describeRules({ ListenerArn: listener });
      return expectSame(
        'DescribeRules',
        Rules.map(({ Priority }) => Priority),
        ['10', '20', '30', 'default'],
      );
    },
  },
  prioritySwap: {
    of: 'elbv2',
    aws: 'SetRulePriorities takes any set of priorities that is free of conflicts in the end',
    source: elbPage('SetRulePriorities'),
    ask: async (scratch) => {
      const listener = await scratch.listener(await scratch.loadBalancer());
      const [a, b] = [await scratch.rule(listener, 1), await scratch.rule(listener, 2)];
      const RulePriorities = [
        { RuleArn: a, Priority: 2 },
        { RuleArn: b, Priority: 1 },
      ];
      return expectSame('a swap', await codeOf(scratch.region.elb.setRulePriorities({ RulePriorities })), 'no error');
    },
  },
  regexConditions: {
    of: 'elbv2',
    aws: 'a path or a host can be matched by a regular expression',
    source: elbPage('PathPatternConditionConfig'),
    ask: async (scratch) => {
      const listener = await scratch.listener(await scratch.loadBalancer());
      const Conditions = [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/v[0-9]+/'] } }];
      return expectSame('CreateRule', await codeOf(scratch.rule(listener, 1, { Conditions })), 'no error');
    },
  },
  certificateList: {
    of: 'elbv2',
    aws: 'a certificate added twice is listed once, and a new default certificate leaves the others in their place',
    source: elbPage('AddListenerCertificates'),
    ask: askCertificateList,
  },
  dualstack: {
    of: 'elbv2',
    aws: 'a load balancer can be dualstack on subnets with IPv6 blocks',
    source: elbPage('SetIpAddressType'),
    ask: async (scratch) => {
      await scratch.loadBalancer({ IpAddressType: 'dualstack' });
      return FULFILLED;
    },
  },
  groupDependency: {
    of: 'elbv2',
    aws: 'a security group that a load balancer has cannot be deleted: DependencyViolation',
    source: ec2Page('DeleteSecurityGroup'),
    ask: async (scratch) => {
      const GroupId = await scratch.securityGroup();
      await scratch.loadBalancer({ SecurityGroups: [GroupId] });
      return expectSame(
        'DeleteSecurityGroup',
        await codeOf(scratch.region.ec2.deleteSecurityGroup({ GroupId })),
        'DependencyViolation',
      );
    },
  },
} satisfies Record<string, Probe>;

async function askCertificateList(scratch: Scratch): Promise<string> {
  const { elb } = scratch.region;
  const [first, second, third] = [
    await scratch.certificate(),
    await scratch.certificate(),
    await scratch.certificate(),
  ];
  const ListenerArn = await scratch.listener(await scratch.loadBalancer(), {
    Port: 443,
    Protocol: 'HTTPS',
    Certificates: [{ CertificateArn: first }],
  });
  const add = () => elb.addListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: second }] });
  const list = async () => {
    const { Certificates = [] } = await elb.describeListenerCertificates({ ListenerArn });
    return Certificates.filter(({ IsDefault }) => !IsDefault).length;
  };
  await add();
  await add();
  const twice = expectSame('others after adding one twice', await list(), 1);
  await elb.modifyListener({ ListenerArn, Certificates: [{ CertificateArn: third }] });
  return allOf(twice, expectSame('others after a new default certificate', await list(), 1));
}
