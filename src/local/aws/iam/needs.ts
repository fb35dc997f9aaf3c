/** Elastic Load Balancing user guide, API permissions: what a caller needs beside the action it calls. */
export const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'elasticloadbalancing:CreateLoadBalancer': [
    'ec2:DescribeAccountAttributes',
    'ec2:DescribeAddresses',
    'ec2:DescribeInternetGateways',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
  ],
  'elasticloadbalancing:CreateTargetGroup': ['ec2:DescribeInternetGateways', 'ec2:DescribeVpcs'],
  'elasticloadbalancing:RegisterTargets': [
    'ec2:DescribeInstances',
    'ec2:DescribeInternetGateways',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
  ],
  'elasticloadbalancing:SetIpAddressType': ['ec2:DescribeSubnets'],
  'elasticloadbalancing:SetSubnets': ['ec2:DescribeSubnets'],
};

/** Service Authorization Reference: actions on resources for which no tag is a condition key. */
export const UNTAGGED: ReadonlySet<string> = new Set(['elasticloadbalancing:SetRulePriorities']);

/** Actions that make the role of load balancing where the account has none. */
export const MAKES_ROLE: ReadonlySet<string> = new Set([
  'elasticloadbalancing:CreateLoadBalancer',
  'elasticloadbalancing:CreateTargetGroup',
]);
