import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeAvailabilityZonesCommand,
  EC2Client,
  type Subnet,
} from '@aws-sdk/client-ec2';
import type { Ec2Api, ElbApi } from '../../src/aws/api.ts';
import { createEc2Api, createElbApi } from '../../src/aws/clients.ts';
import type { Endpoint } from './endpoint.ts';
import { callQuery, CREDENTIALS } from './wire.ts';

export type Network = { vpcId: string; subnets: Subnet[] };

/** What an endpoint has when one comes: an account in a region, a VPC and a subnet in each of two or more zones. */
export type Region = Network & {
  endpoint: Endpoint;
  elb: ElbApi;
  ec2: Ec2Api;
  ec2Client: EC2Client;
  accountId: string;
};

/** Asks the endpoint for everything and assumes nothing; a VPC is made where none will do. */
export async function discoverRegion(endpoint: Endpoint): Promise<Region> {
  const apis = openApis(endpoint);
  const network = (await findNetwork(apis.ec2)) ?? (await createNetwork(apis.ec2Client));
  return { endpoint, ...apis, ...network, accountId: await readAccountId(endpoint) };
}

/** Through the SDK, each call sent once. */
export function openApis({ url, region }: Pick<Endpoint, 'url' | 'region'>): Pick<Region, 'elb' | 'ec2' | 'ec2Client'> {
  const settings = { region, endpoint: url, credentials: CREDENTIALS };
  return {
    elb: createElbApi(settings),
    ec2: createEc2Api(settings),
    ec2Client: new EC2Client({ ...settings, maxAttempts: 1 }),
  };
}

async function readAccountId(endpoint: Endpoint): Promise<string> {
  const { status, text } = await callQuery(endpoint, 'sts', { Action: 'GetCallerIdentity', Version: '2011-06-15' });
  const id = /<Account>(\d+)<\/Account>/.exec(text)?.[1];
  if (id === undefined) throw new Error(`STS GetCallerIdentity: wanted an account, given ${status} ${text}`);
  return id;
}

async function findNetwork(ec2: Ec2Api): Promise<Network | undefined> {
  const { Vpcs = [] } = await ec2.describeVpcs({});
  for (const { VpcId: vpcId = '' } of Vpcs) {
    const { Subnets = [] } = await ec2.describeSubnets({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
    const subnets = onePerZone(Subnets);
    if (subnets.length > 1) return { vpcId, subnets };
  }
  return undefined;
}

/** Public ones where there are some. */
function onePerZone(subnets: readonly Subnet[]): Subnet[] {
  const open = subnets.toSorted(
    (a, b) => Number(b.MapPublicIpOnLaunch ?? false) - Number(a.MapPublicIpOnLaunch ?? false),
  );
  const first = [...Map.groupBy(open, ({ AvailabilityZone }) => AvailabilityZone).values()].flatMap(
    ([one]) => one ?? [],
  );
  return first.toSorted((a, b) => ((a.SubnetId ?? '') < (b.SubnetId ?? '') ? -1 : 1));
}

const ROLE = { Key: 'kubernetes.io/role/elb', Value: '1' };

/** A VPC with a subnet in each of two zones, of its own. */
export async function createNetwork(client: EC2Client): Promise<Network> {
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.77.0.0/16' }));
  const { AvailabilityZones = [] } = await client.send(new DescribeAvailabilityZonesCommand({}));
  const zones = AvailabilityZones.slice(0, 2).flatMap(({ ZoneName }) => ZoneName ?? []);
  const subnets = await Promise.all(
    zones.map(async (AvailabilityZone, index) => {
      const made = await client.send(
        new CreateSubnetCommand({
          VpcId: Vpc?.VpcId,
          AvailabilityZone,
          CidrBlock: `10.77.${index}.0/24`,
          TagSpecifications: [{ ResourceType: 'subnet', Tags: [ROLE] }],
        }),
      );
      return made.Subnet as Subnet;
    }),
  );
  return { vpcId: Vpc?.VpcId ?? '', subnets: onePerZone(subnets) };
}

export async function deleteNetwork(client: EC2Client, { vpcId, subnets }: Network): Promise<void> {
  for (const { SubnetId } of subnets) await client.send(new DeleteSubnetCommand({ SubnetId }));
  await client.send(new DeleteVpcCommand({ VpcId: vpcId }));
}

/** Address no. `n` that may be registered as a target: one that nothing outside this machine answers at. */
export function targetAddress({ endpoint, subnets }: Region, n: number): string {
  if (endpoint.dials === 'the address') return `127.0.0.${n}`;
  const [network = ''] = (subnets[0]?.CidrBlock ?? '').split('/');
  return [...network.split('.').slice(0, 3), 100 + n].join('.');
}
