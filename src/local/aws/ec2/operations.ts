import * as Ec2 from '@aws-sdk/client-ec2';
import { operation, operationTable } from '../operation.ts';
import * as instances from './instances.ts';
import * as networks from './network-interfaces.ts';
import * as rules from './security-group-rules.ts';
import * as groups from './security-groups.ts';
import * as subnets from './subnets.ts';
import * as tags from './tags.ts';
import * as vpcs from './vpcs.ts';

/** The EC2 actions that local AWS serves. */
export const EC2_OPERATIONS = operationTable([
  operation(Ec2.DescribeVpcs$, vpcs.describeVpcs),
  operation(Ec2.CreateVpc$, vpcs.createVpc),
  operation(Ec2.DescribeRouteTables$, vpcs.describeRouteTables),
  operation(Ec2.DescribeInternetGateways$, vpcs.describeInternetGateways),
  operation(Ec2.DescribeSubnets$, subnets.describeSubnets),
  operation(Ec2.CreateSubnet$, subnets.createSubnet),
  operation(Ec2.DescribeAvailabilityZones$, subnets.describeAvailabilityZones),
  operation(Ec2.DescribeSecurityGroups$, groups.describeSecurityGroups),
  operation(Ec2.CreateSecurityGroup$, groups.createSecurityGroup),
  operation(Ec2.DeleteSecurityGroup$, groups.deleteSecurityGroup),
  operation(Ec2.DescribeSecurityGroupRules$, rules.describeSecurityGroupRules),
  operation(Ec2.AuthorizeSecurityGroupIngress$, rules.authorizeSecurityGroupIngress),
  operation(Ec2.AuthorizeSecurityGroupEgress$, rules.authorizeSecurityGroupEgress),
  operation(Ec2.RevokeSecurityGroupIngress$, rules.revokeSecurityGroupIngress),
  operation(Ec2.RevokeSecurityGroupEgress$, rules.revokeSecurityGroupEgress),
  operation(Ec2.DescribeInstances$, instances.describeInstances),
  operation(Ec2.DescribeInstanceStatus$, instances.describeInstanceStatus),
  operation(Ec2.RunInstances$, instances.runInstances),
  operation(Ec2.StartInstances$, instances.startInstances),
  operation(Ec2.StopInstances$, instances.stopInstances),
  operation(Ec2.TerminateInstances$, instances.terminateInstances),
  operation(Ec2.DescribeNetworkInterfaces$, networks.describeNetworkInterfaces),
  operation(Ec2.ModifyNetworkInterfaceAttribute$, networks.modifyNetworkInterfaceAttribute),
  operation(Ec2.CreateTags$, tags.createTags),
  operation(Ec2.DeleteTags$, tags.deleteTags),
  operation(Ec2.DescribeTags$, tags.describeTags),
]);
