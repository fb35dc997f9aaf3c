import type * as Ec2 from '@aws-sdk/client-ec2';
import type * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';

type Call<Input, Output> = (input: Input) => Promise<Output>;
type Answer<Output> = Omit<Output, '$metadata'>;

/**
 * The part of ELBv2 that Podwire uses, with the shapes of the SDK. Two forms: the SDK (`aws/clients.ts`) and in memory
 * (`local/aws`). Errors are the closed set of `errors.ts`; `cause` keeps what AWS said.
 */
export type ElbApi = {
  createLoadBalancer: Call<Elb.CreateLoadBalancerCommandInput, Answer<Elb.CreateLoadBalancerCommandOutput>>;
  describeLoadBalancers: Call<Elb.DescribeLoadBalancersCommandInput, Answer<Elb.DescribeLoadBalancersCommandOutput>>;
  deleteLoadBalancer: Call<Elb.DeleteLoadBalancerCommandInput, Answer<Elb.DeleteLoadBalancerCommandOutput>>;
  describeLoadBalancerAttributes: Call<
    Elb.DescribeLoadBalancerAttributesCommandInput,
    Answer<Elb.DescribeLoadBalancerAttributesCommandOutput>
  >;
  modifyLoadBalancerAttributes: Call<
    Elb.ModifyLoadBalancerAttributesCommandInput,
    Answer<Elb.ModifyLoadBalancerAttributesCommandOutput>
  >;
  setSecurityGroups: Call<Elb.SetSecurityGroupsCommandInput, Answer<Elb.SetSecurityGroupsCommandOutput>>;
  setSubnets: Call<Elb.SetSubnetsCommandInput, Answer<Elb.SetSubnetsCommandOutput>>;
  setIpAddressType: Call<Elb.SetIpAddressTypeCommandInput, Answer<Elb.SetIpAddressTypeCommandOutput>>;
  createTargetGroup: Call<Elb.CreateTargetGroupCommandInput, Answer<Elb.CreateTargetGroupCommandOutput>>;
  describeTargetGroups: Call<Elb.DescribeTargetGroupsCommandInput, Answer<Elb.DescribeTargetGroupsCommandOutput>>;
  modifyTargetGroup: Call<Elb.ModifyTargetGroupCommandInput, Answer<Elb.ModifyTargetGroupCommandOutput>>;
  describeTargetGroupAttributes: Call<
    Elb.DescribeTargetGroupAttributesCommandInput,
    Answer<Elb.DescribeTargetGroupAttributesCommandOutput>
  >;
  modifyTargetGroupAttributes: Call<
    Elb.ModifyTargetGroupAttributesCommandInput,
    Answer<Elb.ModifyTargetGroupAttributesCommandOutput>
  >;
  deleteTargetGroup: Call<Elb.DeleteTargetGroupCommandInput, Answer<Elb.DeleteTargetGroupCommandOutput>>;
  registerTargets: Call<Elb.RegisterTargetsCommandInput, Answer<Elb.RegisterTargetsCommandOutput>>;
  deregisterTargets: Call<Elb.DeregisterTargetsCommandInput, Answer<Elb.DeregisterTargetsCommandOutput>>;
  describeTargetHealth: Call<Elb.DescribeTargetHealthCommandInput, Answer<Elb.DescribeTargetHealthCommandOutput>>;
  createListener: Call<Elb.CreateListenerCommandInput, Answer<Elb.CreateListenerCommandOutput>>;
  describeListeners: Call<Elb.DescribeListenersCommandInput, Answer<Elb.DescribeListenersCommandOutput>>;
  modifyListener: Call<Elb.ModifyListenerCommandInput, Answer<Elb.ModifyListenerCommandOutput>>;
  deleteListener: Call<Elb.DeleteListenerCommandInput, Answer<Elb.DeleteListenerCommandOutput>>;
  describeListenerCertificates: Call<
    Elb.DescribeListenerCertificatesCommandInput,
    Answer<Elb.DescribeListenerCertificatesCommandOutput>
  >;
  addListenerCertificates: Call<
    Elb.AddListenerCertificatesCommandInput,
    Answer<Elb.AddListenerCertificatesCommandOutput>
  >;
  removeListenerCertificates: Call<
    Elb.RemoveListenerCertificatesCommandInput,
    Answer<Elb.RemoveListenerCertificatesCommandOutput>
  >;
  createRule: Call<Elb.CreateRuleCommandInput, Answer<Elb.CreateRuleCommandOutput>>;
  describeRules: Call<Elb.DescribeRulesCommandInput, Answer<Elb.DescribeRulesCommandOutput>>;
  modifyRule: Call<Elb.ModifyRuleCommandInput, Answer<Elb.ModifyRuleCommandOutput>>;
  deleteRule: Call<Elb.DeleteRuleCommandInput, Answer<Elb.DeleteRuleCommandOutput>>;
  setRulePriorities: Call<Elb.SetRulePrioritiesCommandInput, Answer<Elb.SetRulePrioritiesCommandOutput>>;
  addTags: Call<Elb.AddTagsCommandInput, Answer<Elb.AddTagsCommandOutput>>;
  removeTags: Call<Elb.RemoveTagsCommandInput, Answer<Elb.RemoveTagsCommandOutput>>;
  describeTags: Call<Elb.DescribeTagsCommandInput, Answer<Elb.DescribeTagsCommandOutput>>;
  describeAccountLimits: Call<Elb.DescribeAccountLimitsCommandInput, Answer<Elb.DescribeAccountLimitsCommandOutput>>;
};

/** The part of EC2 that Podwire uses. */
export type Ec2Api = {
  describeVpcs: Call<Ec2.DescribeVpcsCommandInput, Answer<Ec2.DescribeVpcsCommandOutput>>;
  describeSubnets: Call<Ec2.DescribeSubnetsCommandInput, Answer<Ec2.DescribeSubnetsCommandOutput>>;
  describeSecurityGroups: Call<Ec2.DescribeSecurityGroupsCommandInput, Answer<Ec2.DescribeSecurityGroupsCommandOutput>>;
  createSecurityGroup: Call<Ec2.CreateSecurityGroupCommandInput, Answer<Ec2.CreateSecurityGroupCommandOutput>>;
  deleteSecurityGroup: Call<Ec2.DeleteSecurityGroupCommandInput, Answer<Ec2.DeleteSecurityGroupCommandOutput>>;
  authorizeSecurityGroupIngress: Call<
    Ec2.AuthorizeSecurityGroupIngressCommandInput,
    Answer<Ec2.AuthorizeSecurityGroupIngressCommandOutput>
  >;
  revokeSecurityGroupIngress: Call<
    Ec2.RevokeSecurityGroupIngressCommandInput,
    Answer<Ec2.RevokeSecurityGroupIngressCommandOutput>
  >;
  describeInstances: Call<Ec2.DescribeInstancesCommandInput, Answer<Ec2.DescribeInstancesCommandOutput>>;
  describeNetworkInterfaces: Call<
    Ec2.DescribeNetworkInterfacesCommandInput,
    Answer<Ec2.DescribeNetworkInterfacesCommandOutput>
  >;
  createTags: Call<Ec2.CreateTagsCommandInput, Answer<Ec2.CreateTagsCommandOutput>>;
  deleteTags: Call<Ec2.DeleteTagsCommandInput, Answer<Ec2.DeleteTagsCommandOutput>>;
};
