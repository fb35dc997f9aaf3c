import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2';
import { Gone } from '../errors.ts';
import type { InstanceFact, SecurityGroupFact } from '../model/facts.ts';
import type { ClusterIdentity } from '../model/tags.ts';
import type { Ec2Api } from './api.ts';
import { isDuplicatePermission } from './errors.ts';
import { readSecurityGroups } from './read-security-groups.ts';

/** What the rules toward nodes need to know of EC2; `Facts` has it. */
export type NodeFacts = {
  instances(ids: readonly string[]): Promise<Map<string, InstanceFact>>;
  securityGroups(): Promise<readonly SecurityGroupFact[]>;
};

/** What one target group needs open: from which security group, toward which nodes, at which ports. */
export type NodeAccess = { from: string; nodes: readonly AccessedNode[]; ports: readonly number[] };
/** `instance` is absent where the node is none of EC2: its network is not ours to open. */
export type AccessedNode = { name: string; instance?: string };

export type AccessProblem = {
  node: string;
  reason: 'NotAnInstance' | 'NoSecurityGroup' | 'AmbiguousSecurityGroup';
  message: string;
};

/** The rules of node security groups that admit the load balancers' traffic. */
export type Networking = {
  /** Opens what is not open yet; no call where everything is. Nothing is closed. */
  open(access: NodeAccess): Promise<AccessProblem[]>;
  /** Whether `close` would close anything. Asks AWS only where the rules were not read yet. */
  hasUnused(from: string, portsInUse: ReadonlySet<number>): Promise<boolean>;
  /** Closes every rule of ours from this security group at a port that is not in use any more. */
  close(from: string, portsInUse: ReadonlySet<number>): Promise<void>;
  /** Reads and closes every rule of ours from this security group: it is about to be deleted. */
  closeAll(from: string): Promise<void>;
  /** The rules from this security group may have been changed by others: they are read anew when next needed. */
  doubt(from: string): void;
  /** The node is gone: its instance is resolved anew should it come back. */
  forget(instance: string): void;
};

type Rule = { group: string; port: number };
/** A rule that AWS has. Ports as EC2 has them: every port where the protocol is not told. */
type OpenRule = { group: string; from: number; to: number; ours: boolean };

/** Rules are marked by their description; one without our mark is never revoked. */
export function openNetworking(ec2: Ec2Api, facts: NodeFacts, cluster: ClusterIdentity): Networking {
  return new NodeNetworking(ec2, facts, cluster);
}

/** Names the cluster and its UID, in the characters that EC2 admits in a description. */
export const markOf = (cluster: ClusterIdentity): string =>
  `podwire.dev/targets cluster=${cluster.name} uid=${cluster.uid}`;

class NodeNetworking implements Networking {
  readonly #ec2: Ec2Api;
  readonly #facts: NodeFacts;
  readonly #cluster: ClusterIdentity;
  readonly #groups = new Map<string, string>(); // instance id -> security group
  readonly #rules = new Map<string, OpenRule[]>(); // source group -> rules; absent until they were read
  readonly #turns = new Map<string, Promise<unknown>>(); // source group -> the last change of its rules

  constructor(ec2: Ec2Api, facts: NodeFacts, cluster: ClusterIdentity) {
    this.#ec2 = ec2;
    this.#facts = facts;
    this.#cluster = cluster;
  }

  async open({ from, nodes, ports }: NodeAccess): Promise<AccessProblem[]> {
    const { groups, problems } = await this.#resolve(nodes);
    const wanted = groups.flatMap((group) => ports.map((port) => ({ group, port })));
    if (this.#missing(from, wanted).length > 0) await this.#inTurn(from, () => this.#add(from, wanted));
    return problems;
  }

  async hasUnused(from: string, portsInUse: ReadonlySet<number>): Promise<boolean> {
    if (!this.#rules.has(from)) await this.#inTurn(from, () => this.#know(from));
    return this.#unused(from, portsInUse).length > 0;
  }

  async close(from: string, portsInUse: ReadonlySet<number>): Promise<void> {
    if (this.#rules.has(from) && this.#unused(from, portsInUse).length === 0) return;
    await this.#inTurn(from, async () => {
      await this.#know(from);
      await this.#revoke(from, this.#unused(from, portsInUse));
    });
  }

  async closeAll(from: string): Promise<void> {
    await this.#inTurn(from, async () => {
      this.#rules.set(from, await this.#read(from));
      await this.#revoke(from, this.#unused(from, new Set()));
    });
  }

  doubt(from: string): void {
    void this.#inTurn(from, async () => void this.#rules.delete(from));
  }

  forget(instance: string): void {
    this.#groups.delete(instance);
  }

  /** Changes of the rules from one source go one after another; those of another source do not wait for them. */
  #inTurn(from: string, run: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(from) ?? Promise.resolve()).then(run);
    this.#turns.set(
      from,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #resolve(nodes: readonly AccessedNode[]): Promise<{ groups: string[]; problems: AccessProblem[] }> {
    const asked = nodes.flatMap(({ instance }) => (instance && !this.#groups.has(instance) ? [instance] : []));
    const facts = asked.length === 0 ? new Map<string, InstanceFact>() : await this.#facts.instances(asked);
    const found = await Promise.all(nodes.map((node) => this.#groupOf(node, facts)));
    const groups = found.filter((one) => typeof one === 'string');
    return { groups: [...new Set(groups)], problems: found.filter((one) => typeof one !== 'string') };
  }

  async #groupOf(node: AccessedNode, facts: Map<string, InstanceFact>): Promise<string | AccessProblem> {
    if (node.instance === undefined) return notAnInstance(node);
    const known = this.#groups.get(node.instance);
    if (known !== undefined) return known;
    const group = await this.#choose(node, facts.get(node.instance)?.securityGroups ?? []);
    if (typeof group === 'string') this.#groups.set(node.instance, group);
    return group;
  }

  /** The only one, or the only one that is tagged for the cluster. */
  async #choose(node: AccessedNode, ids: readonly string[]): Promise<string | AccessProblem> {
    const [first] = ids;
    if (first === undefined) return noSecurityGroup(node);
    if (ids.length === 1) return first;
    const all = await this.#facts.securityGroups();
    const tag = `kubernetes.io/cluster/${this.#cluster.name}`;
    const tagged = all.filter(({ id, tags }) => ids.includes(id) && tag in tags).map(({ id }) => id);
    const [chosen] = tagged;
    return chosen !== undefined && tagged.length === 1 ? chosen : ambiguous(node, { ids, tagged, tag });
  }

  #missing(from: string, wanted: readonly Rule[]): Rule[] {
    const rules = this.#rules.get(from) ?? [];
    return wanted.filter(
      ({ group, port }) => !rules.some((one) => one.group === group && one.from <= port && port <= one.to),
    );
  }

  #unused(from: string, portsInUse: ReadonlySet<number>): OpenRule[] {
    return (this.#rules.get(from) ?? []).filter(
      (rule) => rule.ours && !(rule.from === rule.to && portsInUse.has(rule.from)),
    );
  }

  async #add(from: string, wanted: readonly Rule[]): Promise<void> {
    await this.#know(from);
    const missing = Map.groupBy(this.#missing(from, wanted), ({ group }) => group);
    await Promise.all([...missing].map(([group, rules]) => this.#authorize(from, { group, rules })));
  }

  async #authorize(from: string, { group, rules }: { group: string; rules: readonly Rule[] }): Promise<void> {
    const IpPermissions = rules.map(({ port }) => this.#permission(from, port));
    try {
      await this.#ec2.authorizeSecurityGroupIngress({ GroupId: group, IpPermissions });
    } catch (error) {
      if (!isDuplicatePermission(error)) throw this.#staleAfter(error, group);
      return this.#authorizeEach(from, { group, rules });
    }
    this.#rules.get(from)?.push(...rules.map(({ port }) => ({ group, from: port, to: port, ours: true })));
  }

  /** One rule that is there already fails the call for all: reads what is there, then asks for each of the others. */
  async #authorizeEach(from: string, { group, rules }: { group: string; rules: readonly Rule[] }): Promise<void> {
    this.#rules.set(from, await this.#read(from));
    for (const rule of this.#missing(from, rules)) {
      // Where the read does not show yet what AWS calls a duplicate, it is there, and by whom is not known.
      if (rules.length > 1) await this.#authorize(from, { group, rules: [rule] });
      else this.#rules.get(from)?.push({ group, from: rule.port, to: rule.port, ours: false });
    }
  }

  async #revoke(from: string, unused: readonly OpenRule[]): Promise<void> {
    for (const [group, rules] of Map.groupBy(unused, (rule) => rule.group)) {
      const IpPermissions = rules.map((rule) => this.#permission(from, rule.from, rule.to));
      try {
        await this.#ec2.revokeSecurityGroupIngress({ GroupId: group, IpPermissions });
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
      }
      const left = (this.#rules.get(from) ?? []).filter((rule) => !rules.includes(rule));
      this.#rules.set(from, left);
    }
  }

  #permission(from: string, port: number, to = port): IpPermission {
    const UserIdGroupPairs = [{ GroupId: from, Description: markOf(this.#cluster) }];
    return { IpProtocol: 'tcp', FromPort: port, ToPort: to, UserIdGroupPairs };
  }

  async #know(from: string): Promise<void> {
    if (!this.#rules.has(from)) this.#rules.set(from, await this.#read(from));
  }

  /** Every rule from the source, in whatever group: one call, the first time something is to be opened. */
  async #read(from: string): Promise<OpenRule[]> {
    const groups = await readSecurityGroups(this.#ec2, [{ Name: 'ip-permission.group-id', Values: [from] }]);
    return groups.flatMap((group) => rulesFrom(group, { from, mark: markOf(this.#cluster) }));
  }

  /** A group that is gone was replaced on its nodes: they are resolved anew. */
  #staleAfter(error: unknown, group: string): unknown {
    if (error instanceof Gone)
      for (const [instance, known] of this.#groups) if (known === group) this.#groups.delete(instance);
    return error;
  }
}

const ALL_PORTS = { from: 0, to: 65_535 };

function rulesFrom(group: SecurityGroup, by: { from: string; mark: string }): OpenRule[] {
  const permissions = (group.IpPermissions ?? []).filter(
    ({ IpProtocol }) => IpProtocol === 'tcp' || IpProtocol === '-1',
  );
  return permissions.flatMap(({ FromPort, ToPort, IpProtocol, UserIdGroupPairs = [] }) => {
    const ports = IpProtocol === '-1' ? ALL_PORTS : { from: FromPort ?? 0, to: ToPort ?? 65_535 };
    const pairs = UserIdGroupPairs.filter(({ GroupId }) => GroupId === by.from);
    return pairs.map(({ Description }) => ({ group: group.GroupId ?? '', ...ports, ours: Description === by.mark }));
  });
}

const notAnInstance = ({ name }: AccessedNode): AccessProblem => ({
  node: name,
  reason: 'NotAnInstance',
  message: `node ${name} is no EC2 instance: its security group is not ours to open`,
});

const noSecurityGroup = ({ name, instance }: AccessedNode): AccessProblem => ({
  node: name,
  reason: 'NoSecurityGroup',
  message: `instance ${instance} of node ${name} has no security group, or does not exist`,
});

function ambiguous(
  { name, instance }: AccessedNode,
  has: { ids: readonly string[]; tagged: readonly string[]; tag: string },
): AccessProblem {
  const given = has.tagged.length === 0 ? `${has.ids.join(', ')}, none with it` : `${has.tagged.join(', ')} with it`;
  return {
    node: name,
    reason: 'AmbiguousSecurityGroup',
    message: `instance ${instance} of node ${name}: wanted one security group, or one with the tag ${has.tag}, given ${given}`,
  };
}
