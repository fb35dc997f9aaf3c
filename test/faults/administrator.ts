import { type EC2Client, RevokeSecurityGroupEgressCommand } from '@aws-sdk/client-ec2';
import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import { REGION } from '../../src/local/vpc.ts';
import { openApis } from '../endpoints/region.ts';

/** Somebody with every right in local AWS, who changes things by hand. */
export class Administrator {
  readonly elb: ElbApi;
  readonly ec2: Ec2Api;
  readonly #ec2Client: EC2Client;
  readonly #endpoint: string;

  constructor(endpoint: string) {
    const { elb, ec2, ec2Client } = openApis({ url: endpoint, region: REGION });
    this.elb = elb;
    this.ec2 = ec2;
    this.#ec2Client = ec2Client;
    this.#endpoint = endpoint;
  }

  /** Says something to the control endpoint of local AWS. */
  async control<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await fetch(`${this.#endpoint}/_podwire/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }

  /** The load balancers of a namespace, by the tag of their stack. */
  async loadBalancerOf(namespace: string): Promise<string> {
    const { LoadBalancers = [] } = await this.elb.describeLoadBalancers({});
    for (const { LoadBalancerArn = '' } of LoadBalancers) {
      const { TagDescriptions } = await this.elb.describeTags({ ResourceArns: [LoadBalancerArn] });
      const stack = TagDescriptions?.[0]?.Tags?.find(({ Key }) => Key === 'podwire.dev/stack')?.Value ?? '';
      if (stack.startsWith(`ingress/${namespace}/`)) return LoadBalancerArn;
    }
    throw new Error(`no load balancer of namespace ${namespace}`);
  }

  async targetGroupOf(namespace: string): Promise<string> {
    const LoadBalancerArn = await this.loadBalancerOf(namespace);
    const { TargetGroups } = await this.elb.describeTargetGroups({ LoadBalancerArn });
    return TargetGroups?.[0]?.TargetGroupArn ?? '';
  }

  async deleteListeners(namespace: string): Promise<void> {
    const LoadBalancerArn = await this.loadBalancerOf(namespace);
    const { Listeners = [] } = await this.elb.describeListeners({ LoadBalancerArn });
    for (const { ListenerArn } of Listeners) await this.elb.deleteListener({ ListenerArn });
  }

  /** Makes every rule of a namespace redirect to where it is asked. */
  async redirectToItself(namespace: string): Promise<void> {
    const LoadBalancerArn = await this.loadBalancerOf(namespace);
    const { Listeners = [] } = await this.elb.describeListeners({ LoadBalancerArn });
    const RedirectConfig = { Protocol: 'HTTP', Port: '80', StatusCode: 'HTTP_301' as const };
    for (const { ListenerArn } of Listeners) {
      const { Rules = [] } = await this.elb.describeRules({ ListenerArn });
      for (const { RuleArn, IsDefault } of Rules)
        if (!IsDefault) await this.elb.modifyRule({ RuleArn, Actions: [{ Type: 'redirect', RedirectConfig }] });
    }
  }

  async deregisterAll(namespace: string): Promise<void> {
    const TargetGroupArn = await this.targetGroupOf(namespace);
    const { TargetHealthDescriptions = [] } = await this.elb.describeTargetHealth({ TargetGroupArn });
    const Targets = TargetHealthDescriptions.flatMap(({ Target }) => Target ?? []);
    await this.elb.deregisterTargets({ TargetGroupArn, Targets });
  }

  /** An address that no pod has, in a subnet of the VPC. */
  async registerStranger(namespace: string): Promise<void> {
    const TargetGroupArn = await this.targetGroupOf(namespace);
    const subnet = (await this.subnets()).find(({ name }) => name.startsWith('private-'));
    const Id = `${subnet?.cidr.split('.').slice(0, 3).join('.')}.250`;
    await this.elb.registerTargets({ TargetGroupArn, Targets: [{ Id, Port: 8080 }] });
  }

  async subnets(): Promise<{ id: string; name: string; cidr: string; vpcId: string }[]> {
    const { Subnets = [] } = await this.ec2.describeSubnets({});
    return Subnets.map(({ SubnetId: id = '', CidrBlock: cidr = '', VpcId: vpcId = '', Tags = [] }) => {
      return { id, cidr, vpcId, name: Tags.find(({ Key }) => Key === 'Name')?.Value ?? '' };
    });
  }

  /** A security group that lets clients in on port 80; `silent`: and nothing out. */
  async securityGroup(name: string, silent = false): Promise<string> {
    const [subnet] = await this.subnets();
    const made = await this.ec2.createSecurityGroup({
      GroupName: `by-hand-${name}`,
      Description: 'made by hand',
      ...(subnet && { VpcId: subnet.vpcId }),
    });
    const GroupId = made.GroupId ?? '';
    const everybody = [{ CidrIp: '0.0.0.0/0' }];
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: everybody }];
    await this.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
    if (silent) await this.#revokeEgress(GroupId);
    return GroupId;
  }

  async #revokeEgress(GroupId: string): Promise<void> {
    const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
    await this.#ec2Client.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions }));
  }

  /** Lets the group in at the nodes, on the port of the pods. */
  async openNodes(from: string): Promise<void> {
    const { SecurityGroups = [] } = await this.ec2.describeSecurityGroups({
      Filters: [{ Name: 'group-name', Values: ['nodes'] }],
    });
    const GroupId = SecurityGroups[0]?.GroupId ?? '';
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, UserIdGroupPairs: [{ GroupId: from }] }];
    await this.ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  }

  /** An internal Network Load Balancer that keeps the addresses of its clients. Returns the ARN of its target group. */
  async networkLoadBalancer(name: string): Promise<string> {
    const front = await this.securityGroup(name);
    await this.openNodes(front);
    const subnets = (await this.subnets()).filter((subnet) => subnet.name.startsWith('private-'));
    const made = await this.elb.createLoadBalancer({
      Name: name,
      Type: 'network',
      Scheme: 'internal',
      Subnets: subnets.map(({ id }) => id),
      SecurityGroups: [front],
    });
    const group = await this.elb.createTargetGroup({
      Name: name,
      Protocol: 'TCP',
      Port: 80,
      TargetType: 'ip',
      VpcId: subnets[0]?.vpcId,
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 4,
    });
    const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? '';
    const Attributes = [{ Key: 'preserve_client_ip.enabled', Value: 'true' }];
    await this.elb.modifyTargetGroupAttributes({ TargetGroupArn, Attributes });
    const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
    await this.elb.createListener({ LoadBalancerArn, Port: 80, Protocol: 'TCP', DefaultActions });
    return TargetGroupArn;
  }

  /** Puts the addresses of all pods on network interfaces with the security group of the nodes, as prefix delegation does. */
  async guardPods(): Promise<void> {
    const own = (await this.subnets()).filter(({ name }) => name.startsWith('private-'));
    for (const { id: subnetId, cidr } of own) {
      const network = cidr.split('.').slice(0, 3).join('.');
      const ipv4Prefixes = ['32/27', '64/26', '128/26', '192/29'].map((prefix) => `${network}.${prefix}`);
      await this.control('POST', 'instances', { subnetId, privateAddresses: [`${network}.9`], ipv4Prefixes });
    }
  }

  /** Takes the tag away by which subnets for internal load balancers are found. */
  async untagInternalSubnets(): Promise<void> {
    const Resources = (await this.subnets()).map(({ id }) => id);
    await this.ec2.deleteTags({ Resources, Tags: [{ Key: 'kubernetes.io/role/internal-elb' }] });
  }
}
