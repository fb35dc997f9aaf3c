import { expect } from 'vitest';
import { Facts } from '../../../src/aws/facts.ts';
import { markOf, openNetworking } from '../../../src/aws/networking.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import type { Case } from '../case.ts';
import type { Tenant } from '../tenant.ts';

const factsOf = ({ region: { ec2, vpcId } }: Tenant): Facts => new Facts({ ec2, clock: realClock, vpcId });

/** `from-to description` of the rules that admit a source group, as AWS has them. */
async function rulesFrom({ region }: Tenant, group: string, source: string): Promise<string[]> {
  const { SecurityGroups } = await region.ec2.describeSecurityGroups({ GroupIds: [group] });
  const permissions = SecurityGroups?.[0]?.IpPermissions ?? [];
  const lines = permissions.flatMap(({ FromPort, ToPort, UserIdGroupPairs = [] }) =>
    UserIdGroupPairs.filter(({ GroupId }) => GroupId === source).map(
      ({ Description }) => `${FromPort}-${ToPort} ${Description}`,
    ),
  );
  return lines.sort();
}

/** A node, its security group, and the group that the load balancers have. */
async function openNode(tenant: Tenant) {
  const { scratch, region, cluster } = tenant;
  const [nodes, from] = [await scratch.securityGroup(), await scratch.securityGroup()];
  const instance = await scratch.instance([nodes]);
  const networking = openNetworking(region.ec2, factsOf(tenant), cluster);
  const access = (ports: number[]) => ({ from, nodes: [{ name: 'node-1', instance }], ports });
  return { nodes, from, instance, networking, access, rules: () => rulesFrom(tenant, nodes, from) };
}

/** What EC2 knows, and the rules toward nodes. */
export const NETWORK: Case[] = [
  {
    name: 'facts: every subnet of the VPC, its zones and CIDRs',
    withoutElb: true,
    run: async (tenant) => {
      const { subnets, vpcId } = tenant.region;
      const facts = await factsOf(tenant).forStack();
      for (const { SubnetId, AvailabilityZone, CidrBlock } of subnets)
        expect(facts.subnets).toContainEqual(
          expect.objectContaining({
            id: SubnetId,
            vpcId,
            zone: AvailabilityZone,
            cidr: CidrBlock,
            zoneType: 'availability-zone',
            freeAddresses: expect.any(Number),
          }),
        );
      const cidrs = await factsOf(tenant).vpcCidrs();
      expect(cidrs).toContainEqual(expect.stringMatching(/^\d+\.\d+\.\d+\.\d+\/\d+$/));
    },
  },
  {
    name: 'facts: security groups with their tags',
    withoutElb: true,
    run: async (tenant) => {
      const id = await tenant.scratch.securityGroup({ role: 'edge' });
      const { securityGroups } = await factsOf(tenant).forStack();
      expect(securityGroups).toContainEqual({ id, name: expect.any(String), tags: { role: 'edge' } });
    },
  },
  {
    name: 'facts: instances, and network interfaces by address',
    withoutElb: true,
    needs: ['instances'],
    run: async (tenant) => {
      const group = await tenant.scratch.securityGroup();
      const id = await tenant.scratch.instance([group]);
      const facts = factsOf(tenant);
      const known = await facts.instances([id, 'i-0000000000000dead']);
      expect([...known.keys()]).toEqual([id]);
      const instance = known.get(id);
      expect(instance).toMatchObject({
        subnetId: tenant.region.subnets[0]?.SubnetId,
        zone: tenant.region.subnets[0]?.AvailabilityZone,
        securityGroups: [group],
      });
      const [address = ''] = instance?.privateAddresses ?? [];
      expect(await facts.networkInterface(address)).toMatchObject({
        subnetId: instance?.subnetId,
        securityGroups: [group],
        privateAddresses: [address],
      });
      expect(await facts.networkInterface('10.255.255.254')).toBeUndefined();
    },
  },
  {
    name: 'node rules are opened and closed by port, and marked as ours',
    withoutElb: true,
    needs: ['instances'],
    run: async (tenant) => {
      const { networking, access, rules } = await openNode(tenant);
      const mark = markOf(tenant.cluster);
      expect(await networking.open(access([8080]))).toEqual([]);
      await networking.open(access([8080, 9090]));
      const both = [`8080-8080 ${mark}`, `9090-9090 ${mark}`];
      expect(await rules()).toEqual(both);
      await networking.close(access([]).from, new Set([9090]));
      expect(await rules()).toEqual([`9090-9090 ${mark}`]);
    },
  },
  {
    name: 'node rules of others are neither opened twice nor closed',
    withoutElb: true,
    needs: ['instances'],
    run: async (tenant) => {
      const { networking, access, rules, nodes, from } = await openNode(tenant);
      await tenant.region.ec2.authorizeSecurityGroupIngress({
        GroupId: nodes,
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 8080,
            ToPort: 8080,
            UserIdGroupPairs: [{ GroupId: from, Description: 'by hand' }],
          },
        ],
      });
      await networking.open(access([8080, 9090]));
      await networking.closeAll(from);
      expect(await rules()).toEqual(['8080-8080 by hand']);
    },
  },
  {
    name: 'a rule that another replica opened in between is no failure',
    withoutElb: true,
    needs: ['instances'],
    run: async (tenant) => {
      const { networking, access, rules } = await openNode(tenant);
      await networking.open(access([8080]));
      const other = openNetworking(tenant.region.ec2, factsOf(tenant), tenant.cluster);
      await other.open(access([9090]));
      await networking.open(access([9090, 9091]));
      expect((await rules()).map((line) => line.split(' ')[0])).toEqual(['8080-8080', '9090-9090', '9091-9091']);
    },
  },
  {
    name: 'frontend rules follow the ports and the CIDRs',
    run: async (tenant) => {
      const wanted = tenant.stack();
      await tenant.converge(wanted.key, wanted);
      const group = wanted.securityGroup;
      if (group) group.ingress = ['10.0.0.0/8', '192.168.0.0/16'].map((cidr) => ({ port: 80, cidr }));
      await tenant.converge(wanted.key, wanted);
      expect(await tenant.holdings()).toContainEqual(
        expect.stringMatching(/^security-group k8s-\w+-sg 80=10\.0\.0\.0\/8 80=192\.168\.0\.0\/16$/),
      );
    },
  },
];
