import { randomUUID } from 'node:crypto';
import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { mintCertificate } from '../../src/certificate.ts';
import { realClock } from '../../src/runtime/clock.ts';
import type { Region } from './region.ts';
import { callJson } from './wire.ts';

type Make<Input> = Partial<Input>;

/** Resources made by hand through the plain API, beside what Podwire makes; `clear` takes them all away again. */
export class Scratch {
  readonly region: Region;
  readonly #undo: (() => Promise<unknown>)[] = [];

  constructor(region: Region) {
    this.region = region;
  }

  /** A name that nobody has. */
  name(): string {
    return `hand-${randomUUID().slice(0, 8)}`;
  }

  async loadBalancer(more: Make<Elb.CreateLoadBalancerCommandInput> = {}): Promise<string> {
    const { elb, subnets } = this.region;
    const Subnets = subnets.flatMap(({ SubnetId }) => SubnetId ?? []);
    const { LoadBalancers } = await elb.createLoadBalancer({
      Name: this.name(),
      Subnets,
      Type: 'application',
      ...more,
    });
    const arn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
    this.#undo.push(() => elb.deleteLoadBalancer({ LoadBalancerArn: arn }));
    return arn;
  }

  async targetGroup(more: Make<Elb.CreateTargetGroupCommandInput> = {}): Promise<string> {
    const { elb, vpcId } = this.region;
    const settings = { Name: this.name(), Protocol: 'HTTP', Port: 80, VpcId: vpcId, TargetType: 'ip' } as const;
    const { TargetGroups } = await elb.createTargetGroup({ ...settings, ...more });
    const arn = TargetGroups?.[0]?.TargetGroupArn ?? '';
    this.#undo.push(() => elb.deleteTargetGroup({ TargetGroupArn: arn }));
    return arn;
  }

  /** Without more, an HTTP listener on port 80 that answers 404. */
  async listener(loadBalancer: string, more: Make<Elb.CreateListenerCommandInput> = {}): Promise<string> {
    const DefaultActions: Elb.Action[] = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }];
    const settings = { LoadBalancerArn: loadBalancer, Port: 80, Protocol: 'HTTP' as const, DefaultActions };
    const { Listeners } = await this.region.elb.createListener({ ...settings, ...more });
    return Listeners?.[0]?.ListenerArn ?? '';
  }

  async rule(listener: string, priority: number, more: Make<Elb.CreateRuleCommandInput> = {}): Promise<string> {
    const { Rules } = await this.region.elb.createRule({
      ListenerArn: listener,
      Priority: priority,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [`/${priority}`] } }],
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200' } }],
      ...more,
    });
    return Rules?.[0]?.RuleArn ?? '';
  }

  /** A target group behind a listener of a load balancer of its own. */
  async attachedGroup(more: Make<Elb.CreateTargetGroupCommandInput> = {}) {
    const [loadBalancer, targetGroup] = [await this.loadBalancer(), await this.targetGroup(more)];
    const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn: targetGroup }];
    return { loadBalancer, targetGroup, listener: await this.listener(loadBalancer, { DefaultActions }) };
  }

  async securityGroup(tags: Record<string, string> = {}): Promise<string> {
    const { ec2, vpcId } = this.region;
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const { GroupId = '' } = await ec2.createSecurityGroup({
      GroupName: this.name(),
      Description: 'by hand',
      VpcId: vpcId,
      ...(Tags.length > 0 ? { TagSpecifications: [{ ResourceType: 'security-group' as const, Tags }] } : {}),
    });
    this.#undo.push(() => ec2.deleteSecurityGroup({ GroupId }));
    return GroupId;
  }

  async instance(securityGroups: string[]): Promise<string> {
    const { ec2Client, subnets } = this.region;
    const { Instances } = await ec2Client.send(
      new RunInstancesCommand({
        ImageId: 'ami-12c6146b',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: subnets[0]?.SubnetId,
        SecurityGroupIds: securityGroups,
      }),
    );
    const id = Instances?.[0]?.InstanceId ?? '';
    this.#undo.push(() => ec2Client.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    return id;
  }

  /** ARN of a certificate for a DNS name, imported into ACM. */
  async certificate(domain = 'shop.example.com'): Promise<string> {
    const { endpoint } = this.region;
    const { certificate, privateKey } = await mintCertificate([domain], new Date(realClock.now()));
    const base64 = (pem: string) => Buffer.from(pem).toString('base64');
    const input = { Certificate: base64(certificate), PrivateKey: base64(privateKey) };
    const answer = await callJson(endpoint, 'acm', { target: 'CertificateManager.ImportCertificate', input });
    if (answer.status !== 200) throw new Error(`ImportCertificate: ${answer.status} ${answer.text.slice(0, 200)}`);
    const { CertificateArn } = JSON.parse(answer.text) as { CertificateArn: string };
    const target = 'CertificateManager.DeleteCertificate';
    this.#undo.push(() => callJson(endpoint, 'acm', { target, input: { CertificateArn } }));
    return CertificateArn;
  }

  /** Runs once the resources made before it have been taken away, and before the older ones. */
  onClear(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  /** Load balancers first, so that nothing is in use any more; what is gone already is fine. */
  async clear(): Promise<void> {
    for (let round = 0; round < 3 && this.#undo.length > 0; round++) {
      for (const undo of this.#undo.splice(0).toReversed()) await undo().catch(() => this.#undo.push(undo));
    }
  }
}
