import type {
  DescribeInstancesRequest,
  DescribeInstanceStatusRequest,
  Instance as InstanceShape,
  InstanceStateName,
  RunInstancesRequest,
  TerminateInstancesRequest,
} from '@aws-sdk/client-ec2';
import type { LocalAws } from '../aws.ts';
import { AwsError } from '../error.ts';
import { addInstance } from '../network.ts';
import type { Instance } from '../state.ts';
import { settleTargets } from '../target-health.ts';
import { byIds, ec2Page, filtered } from './filters.ts';
import { instanceNetworks, interfacesOf } from './network-interfaces.ts';
import { specifiedTags } from './tags.ts';
import { toPairs } from '../pairs.ts';

const STATE_CODES: Record<Instance['state'], number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

function instancesOf(aws: LocalAws, ids: string[] | undefined): Instance[] {
  const missing = (ids ?? []).filter((id) => !aws.state.instances.has(id));
  if (missing.length > 0)
    throw new AwsError(
      'InvalidInstanceID.NotFound',
      `The instance ID${missing.length > 1 ? 's' : ''} '${missing.join(', ')}' do${missing.length > 1 ? '' : 'es'} not exist`,
    );
  return byIds(aws.state.instances, ids, { code: 'InvalidInstanceID.NotFound', kind: 'instance' });
}

export function describeInstances(aws: LocalAws, input: DescribeInstancesRequest) {
  const found = filtered(instancesOf(aws, input.InstanceIds), input.Filters, {
    'instance-id': (instance) => [instance.id],
    'instance-state-name': (instance) => [instance.state],
    'vpc-id': (instance) => [instance.vpcId],
    'subnet-id': (instance) => [instance.subnetId],
    'availability-zone': (instance) => [instance.zone],
    'instance-type': (instance) => [instance.instanceType],
    'private-dns-name': (instance) => [instance.privateDnsName],
    'private-ip-address': (instance) => interfacesOf(aws, instance.id).map((network) => network.privateAddresses[0]),
    'network-interface.addresses.private-ip-address': (instance) =>
      interfacesOf(aws, instance.id).flatMap((network) => network.privateAddresses),
    'instance.group-id': (instance) => interfacesOf(aws, instance.id).flatMap((network) => network.securityGroups),
  });
  const { items, ...next } = ec2Page(found, input);
  return { Reservations: items.map((instance) => reservation(aws, [instance])), ...next };
}

function reservation(aws: LocalAws, instances: Instance[]) {
  return {
    ReservationId: `r-${instances[0]?.id.slice(2)}`,
    OwnerId: aws.settings.accountId,
    Groups: [],
    Instances: instances.map((instance) => shapeOf(aws, instance)),
  };
}

function shapeOf(aws: LocalAws, instance: Instance): InstanceShape {
  const networks = interfacesOf(aws, instance.id);
  const [primary] = networks;
  const groupName = (id: string) => aws.state.securityGroups.get(id)?.name ?? '';
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    InstanceType: instance.instanceType as InstanceShape['InstanceType'],
    State: stateShape(instance.state),
    LaunchTime: new Date(instance.launchTime),
    Placement: { AvailabilityZone: instance.zone, GroupName: '', Tenancy: 'default' },
    PrivateDnsName: instance.privateDnsName,
    ...(primary && { PrivateIpAddress: primary.privateAddresses[0] }),
    VpcId: instance.vpcId,
    SubnetId: instance.subnetId,
    SecurityGroups: (primary?.securityGroups ?? []).map((id) => ({ GroupId: id, GroupName: groupName(id) })),
    NetworkInterfaces: instanceNetworks(aws, networks),
    SourceDestCheck: true,
    Architecture: 'x86_64',
    RootDeviceType: 'ebs',
    Monitoring: { State: 'disabled' },
    Tags: toPairs(instance.tags),
  };
}

function stateShape(state: Instance['state']): { Code: number; Name: InstanceStateName } {
  return { Code: STATE_CODES[state], Name: state };
}

export function runInstances(aws: LocalAws, input: RunInstancesRequest) {
  const count = input.MaxCount ?? 1;
  const subnetId = input.SubnetId ?? input.NetworkInterfaces?.[0]?.SubnetId;
  if (subnetId !== undefined && !aws.state.subnets.has(subnetId))
    throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
  const tags = specifiedTags(input.TagSpecifications, 'instance');
  const groups = input.SecurityGroupIds ?? input.NetworkInterfaces?.[0]?.Groups;
  const started = Array.from({ length: count }, () => {
    const id = addInstance(aws, {
      ...(subnetId !== undefined && { subnetId }),
      ...(groups && { securityGroups: groups }),
      ...(input.InstanceType && { instanceType: input.InstanceType }),
      ...(input.ImageId !== undefined && { imageId: input.ImageId }),
      ...(input.PrivateIpAddress !== undefined && { privateAddresses: [input.PrivateIpAddress] }),
      tags: { ...tags },
    });
    return aws.state.instances.get(id) as Instance;
  });
  return reservation(aws, started);
}

/** Moves instances to a state at once, and settles every target group that has them as targets. */
function moveInstances(aws: LocalAws, ids: string[] | undefined, state: Instance['state']) {
  const moved = instancesOf(aws, ids).map((instance) => {
    const before = instance.state;
    if (before === 'terminated' && state !== 'terminated')
      throw new AwsError(
        'IncorrectInstanceState',
        `This instance '${instance.id}' is not in a state from which it can be ${state}.`,
      );
    instance.state = state;
    aws.changed('network', instance.id);
    return { InstanceId: instance.id, PreviousState: stateShape(before), CurrentState: stateShape(state) };
  });
  for (const group of aws.state.targetGroups.values()) if (group.targetType === 'instance') settleTargets(aws, group);
  return moved;
}

export function stopInstances(aws: LocalAws, input: TerminateInstancesRequest) {
  return { StoppingInstances: moveInstances(aws, input.InstanceIds, 'stopped') };
}

export function startInstances(aws: LocalAws, input: TerminateInstancesRequest) {
  return { StartingInstances: moveInstances(aws, input.InstanceIds, 'running') };
}

/** Ends instances with their network interfaces. They stay listed as terminated, as they do for about an hour on AWS. */
export function terminateInstances(aws: LocalAws, input: TerminateInstancesRequest) {
  const TerminatingInstances = moveInstances(aws, input.InstanceIds, 'terminated');
  for (const id of input.InstanceIds ?? [])
    for (const network of interfacesOf(aws, id)) aws.state.networkInterfaces.delete(network.id);
  return { TerminatingInstances };
}

export function describeInstanceStatus(aws: LocalAws, input: DescribeInstanceStatusRequest) {
  const listed = instancesOf(aws, input.InstanceIds).filter(
    (instance) => input.IncludeAllInstances || instance.state === 'running',
  );
  const found = filtered(listed, input.Filters, {
    'instance-state-name': (instance) => [instance.state],
    'availability-zone': (instance) => [instance.zone],
  });
  const { items, ...next } = ec2Page(found, input);
  const InstanceStatuses = items.map((instance) => ({
    InstanceId: instance.id,
    AvailabilityZone: instance.zone,
    InstanceState: stateShape(instance.state),
    InstanceStatus: { Status: instance.state === 'running' ? ('ok' as const) : ('not-applicable' as const) },
    SystemStatus: { Status: instance.state === 'running' ? ('ok' as const) : ('not-applicable' as const) },
  }));
  return { InstanceStatuses, ...next };
}
