import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import type { Ec2Api } from '../api.ts';
import type { CommandTable } from '../methods.ts';

/** Named one by one, so that the bundle holds these commands and none of the others. */
export const COMMANDS: CommandTable<Ec2Api> = {
  describeVpcs: DescribeVpcsCommand,
  describeSubnets: DescribeSubnetsCommand,
  describeSecurityGroups: DescribeSecurityGroupsCommand,
  createSecurityGroup: CreateSecurityGroupCommand,
  deleteSecurityGroup: DeleteSecurityGroupCommand,
  authorizeSecurityGroupIngress: AuthorizeSecurityGroupIngressCommand,
  revokeSecurityGroupIngress: RevokeSecurityGroupIngressCommand,
  describeInstances: DescribeInstancesCommand,
  describeNetworkInterfaces: DescribeNetworkInterfacesCommand,
  createTags: CreateTagsCommand,
  deleteTags: DeleteTagsCommand,
};

export { EC2Client as Client };
