import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import type { KubeApi, KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { targetKey } from '../../src/local/aws/state.ts';
import type { World } from './world.ts';

/** Tags, finalizer and rule description by which the peer knows what is its own. */
export const PEER = {
  class: 'alb',
  finalizer: 'ingress.k8s.aws/resources',
  clusterTag: 'elbv2.k8s.aws/cluster',
  stackTag: 'ingress.k8s.aws/stack',
  ruleDescription: 'elbv2.k8s.aws/targetGroupBinding=shared',
} as const;

export type PeerOptions = {
  world: World;
  elb: ElbApi;
  ec2: Ec2Api;
  kube: KubeApi;
  /** Takes everything for its own, whatever the tags and descriptions say. */
  careless?: boolean;
};

type Backend = { service: { name: string; port: { number: number } } };
type IngressSpec = { ingressClassName?: string; rules?: { http: { paths: { path: string; backend: Backend }[] } }[] };
type BindingSpec = { targetGroupARN: string; serviceRef: { name: string; port: number } };

const EVERY_MS = 2_000;
const PORT = 8080;

/**
 * A small model of the controller that Podwire may stand beside: one load balancer for each Ingress of class `alb`, target
 * groups that follow every TargetGroupBinding, rules toward the nodes, and a broom for what carries its tags and is not wanted.
 */
export class Peer {
  readonly #options: PeerOptions;
  #stopped = false;

  constructor(options: PeerOptions) {
    this.#options = options;
  }

  start(): void {
    const again = (): void =>
      void this.pass().finally(() => this.#stopped || this.#options.world.clock.after(EVERY_MS, again));
    again();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Brings all that it takes for its own to what it wants. */
  async pass(): Promise<void> {
    const { kube, world } = this.#options;
    const ingresses = await kube.list(RESOURCES.ingress);
    const own = ingresses.filter(({ spec }) => (spec as IngressSpec).ingressClassName === PEER.class);
    const wanted = own.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    for (const ingress of wanted)
      await this.#serve(ingress).catch((error: unknown) => void world.errors.push(`peer: ${String(error)}`));
    for (const binding of await kube.list(RESOURCES.targetGroupBinding)) await this.#followTargets(binding);
    await this.#writeRules();
    await this.#sweep(new Set(wanted.map(stackOf)));
    const left = ingresses.filter((ingress) => !wanted.includes(ingress));
    for (const ingress of left) await this.#release(ingress);
  }

  get #state() {
    return this.#options.world.aws.state;
  }

  async #serve(ingress: KubeObject): Promise<void> {
    const { elb, kube } = this.#options;
    const { metadata } = ingress;
    const stack = stackOf(ingress);
    if (!metadata.finalizers?.includes(PEER.finalizer))
      await this.#finalizers(ingress, [...(metadata.finalizers ?? []), PEER.finalizer]);
    const Tags = tagsOf(stack);
    let balancer = [...this.#state.loadBalancers.values()].find(({ tags }) => tags[PEER.stackTag] === stack);
    if (balancer === undefined) {
      const Subnets = [...this.#state.subnets.values()].filter((one) => !one.mapPublicIpOnLaunch).map(({ id }) => id);
      const SecurityGroups = [await this.#ownGroup(stack), await this.#backendGroup()];
      const made = await elb.createLoadBalancer({
        Name: nameOf('k8s', stack),
        Scheme: 'internal',
        Subnets,
        SecurityGroups,
        Tags,
      });
      balancer = this.#state.loadBalancers.get(made.LoadBalancers?.[0]?.LoadBalancerArn ?? '');
    }
    if (balancer === undefined) return;
    await this.#listen(ingress, balancer.arn);
    const hostname = balancer.dnsName;
    if (!JSON.stringify(ingress['status'] ?? {}).includes(hostname)) {
      const body = { status: { loadBalancer: { ingress: [{ hostname }] } } };
      const key = { namespace: metadata.namespace ?? '', name: metadata.name };
      await kube.patch(RESOURCES.ingress, key, { type: 'merge', subresource: 'status', body });
    }
  }

  async #listen(ingress: KubeObject, LoadBalancerArn: string): Promise<void> {
    const { elb } = this.#options;
    const Tags = tagsOf(stackOf(ingress));
    const path = (ingress['spec'] as IngressSpec).rules?.[0]?.http.paths[0];
    if (path === undefined) return;
    const TargetGroupArn = await this.#targetGroup(ingress, path.backend);
    const listener = [...this.#state.listeners.values()].find((one) => one.loadBalancerArn === LoadBalancerArn);
    const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
    if (listener === undefined)
      await elb.createListener({ LoadBalancerArn, Port: 80, Protocol: 'HTTP', DefaultActions, Tags });
    else {
      const [rule] = [...this.#state.rules.values()].filter(
        (one) => one.listenerArn === listener.arn && one.priority === 'default',
      );
      const forwards = rule?.actions[0]?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn;
      if (forwards !== TargetGroupArn) await elb.modifyListener({ ListenerArn: listener.arn, DefaultActions });
    }
  }

  async #targetGroup(ingress: KubeObject, { service }: Backend): Promise<string> {
    const { elb, kube, world } = this.#options;
    const { namespace = '', name } = ingress.metadata;
    const Name = nameOf('k8s', `${namespace}-${name}-${service.name}`);
    const known = [...this.#state.targetGroups.values()].find((one) => one.name === Name);
    if (known !== undefined) return known.arn;
    const made = await elb.createTargetGroup({
      Name,
      Protocol: 'HTTP',
      Port: 80,
      VpcId: world.aws.settings.vpcId,
      TargetType: 'ip',
      Tags: tagsOf(stackOf(ingress)),
    });
    const targetGroupARN = made.TargetGroups?.[0]?.TargetGroupArn ?? '';
    const spec = { targetGroupARN, targetType: 'ip', serviceRef: { name: service.name, port: service.port.number } };
    await kube.create(RESOURCES.targetGroupBinding, { metadata: { name: Name.toLowerCase(), namespace }, spec });
    return targetGroupARN;
  }

  /** Every binding, whoever made it; without care every target group there is. */
  async #followTargets({ metadata, spec }: KubeObject): Promise<void> {
    const { elb, careless } = this.#options;
    const { targetGroupARN, serviceRef } = spec as BindingSpec;
    const wanted = await this.#addresses(metadata.namespace ?? '', serviceRef.name);
    const groups = [...this.#state.targetGroups.values()].filter(
      ({ arn }) => careless === true || arn === targetGroupARN,
    );
    for (const { arn: TargetGroupArn, targets } of groups) {
      const gone = [...targets.values()].filter(({ id, state }) => !wanted.includes(id) && state !== 'draining');
      const come = wanted.filter((id) => !targets.has(targetKey({ id, port: PORT })));
      const Targets = gone.map(({ id, port }) => ({ Id: id, Port: port }));
      if (come.length > 0 && TargetGroupArn === targetGroupARN)
        await elb.registerTargets({ TargetGroupArn, Targets: come.map((Id) => ({ Id, Port: PORT })) });
      if (Targets.length > 0) await elb.deregisterTargets({ TargetGroupArn, Targets });
    }
  }

  async #addresses(namespace: string, service: string): Promise<string[]> {
    const slices = await this.#options.kube.list(RESOURCES.endpointSlice, { namespace });
    const own = slices.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service);
    return own
      .flatMap((one) => (one['endpoints'] as { addresses: string[] }[] | undefined) ?? [])
      .flatMap(({ addresses }) => addresses);
  }

  /** One rule from its shared group while there is any binding; all others that look like its own are revoked. */
  async #writeRules(): Promise<void> {
    const { ec2, kube, careless } = this.#options;
    const bindings = await kube.list(RESOURCES.targetGroupBinding);
    const backend = this.#findBackendGroup();
    for (const { id: GroupId, name, rules } of this.#state.securityGroups.values()) {
      const own = rules.filter(
        ({ egress, description }) => !egress && (careless === true || description === PEER.ruleDescription),
      );
      const wanted = name === 'nodes' && bindings.length > 0 && backend !== undefined;
      const surplus = own.filter(({ groupId, fromPort }) => !(wanted && groupId === backend && fromPort === PORT));
      for (const { fromPort, toPort, groupId, cidr, protocol } of surplus) {
        const source =
          groupId === undefined ? { IpRanges: [{ CidrIp: cidr }] } : { UserIdGroupPairs: [{ GroupId: groupId }] };
        await ec2.revokeSecurityGroupIngress({
          GroupId,
          IpPermissions: [{ IpProtocol: protocol, FromPort: fromPort, ToPort: toPort, ...source }],
        });
      }
      if (!wanted || own.length > surplus.length) continue;
      const UserIdGroupPairs = [{ GroupId: backend, Description: PEER.ruleDescription }];
      await ec2.authorizeSecurityGroupIngress({
        GroupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: PORT, ToPort: PORT, UserIdGroupPairs }],
      });
    }
  }

  /** What carries the tags of a stack that nobody wants goes; without care, what carries none of the wanted ones. */
  async #sweep(wanted: ReadonlySet<string>): Promise<void> {
    const { elb, ec2, kube, careless } = this.#options;
    const surplus = (tags: Record<string, string>): boolean => {
      const stack = tags[PEER.stackTag];
      if (stack === undefined) return careless === true && tags[PEER.clusterTag] === undefined;
      return tags[PEER.clusterTag] === 'local' && !wanted.has(stack);
    };
    for (const { arn, tags } of this.#state.loadBalancers.values())
      if (surplus(tags)) await elb.deleteLoadBalancer({ LoadBalancerArn: arn });
    const bindings = await kube.list(RESOURCES.targetGroupBinding);
    for (const { arn, tags } of this.#state.targetGroups.values()) {
      if (!surplus(tags)) continue;
      for (const { metadata, spec } of bindings)
        if ((spec as BindingSpec).targetGroupARN === arn)
          await kube.delete(RESOURCES.targetGroupBinding, { namespace: metadata.namespace ?? '', name: metadata.name });
      await elb.deleteTargetGroup({ TargetGroupArn: arn }).catch(() => undefined);
    }
    for (const { id, tags, name } of this.#state.securityGroups.values())
      if (surplus(tags) && name !== 'nodes' && name !== 'default')
        await ec2.deleteSecurityGroup({ GroupId: id }).catch(() => undefined);
  }

  async #release(ingress: KubeObject): Promise<void> {
    const { finalizers = [] } = ingress.metadata;
    if (finalizers.includes(PEER.finalizer))
      await this.#finalizers(
        ingress,
        finalizers.filter((one) => one !== PEER.finalizer),
      );
  }

  async #finalizers({ metadata }: KubeObject, finalizers: string[]): Promise<void> {
    const body = { metadata: { resourceVersion: metadata.resourceVersion, finalizers } };
    const key = { namespace: metadata.namespace ?? '', name: metadata.name };
    await this.#options.kube.patch(RESOURCES.ingress, key, { type: 'merge', body }).catch(() => undefined);
  }

  #findBackendGroup(): string | undefined {
    const groups = [...this.#state.securityGroups.values()];
    return groups.find(({ tags }) => tags['elbv2.k8s.aws/resource'] === 'backend-sg')?.id;
  }

  async #ownGroup(stack: string): Promise<string> {
    const GroupName = nameOf('k8s', stack);
    const known = [...this.#state.securityGroups.values()].find(({ name }) => name === GroupName);
    if (known !== undefined) return known.id;
    const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags: tagsOf(stack) }];
    const VpcId = this.#options.world.aws.settings.vpcId;
    const made = await this.#options.ec2.createSecurityGroup({
      GroupName,
      Description: 'peer',
      VpcId,
      TagSpecifications,
    });
    return made.GroupId ?? '';
  }

  async #backendGroup(): Promise<string> {
    const known = this.#findBackendGroup();
    if (known !== undefined) return known;
    const Tags = [
      { Key: PEER.clusterTag, Value: 'local' },
      { Key: 'elbv2.k8s.aws/resource', Value: 'backend-sg' },
    ];
    const made = await this.#options.ec2.createSecurityGroup({
      GroupName: 'k8s-traffic-local',
      Description: 'peer',
      VpcId: this.#options.world.aws.settings.vpcId,
      TagSpecifications: [{ ResourceType: 'security-group', Tags }],
    });
    return made.GroupId ?? '';
  }
}

const stackOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
const nameOf = (prefix: string, text: string): string =>
  `${prefix}-${text.replaceAll(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 32).replace(/-$/, '');
const tagsOf = (stack: string) => [
  { Key: PEER.clusterTag, Value: 'local' },
  { Key: PEER.stackTag, Value: stack },
];
