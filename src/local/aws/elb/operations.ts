import * as Elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { operation, operationTable } from '../operation.ts';
import * as attributes from './listener-attributes.ts';
import * as certificates from './listener-certificates.ts';
import * as limits from './limits.ts';
import * as listeners from './listeners.ts';
import * as loadBalancers from './load-balancers.ts';
import * as rules from './rules.ts';
import * as sslPolicies from './ssl-policies.ts';
import * as tags from './tags.ts';
import * as targetGroups from './target-groups.ts';
import * as targets from './targets.ts';

/** The ELBv2 actions that local AWS serves. */
export const ELB_OPERATIONS = operationTable([
  operation(Elb.CreateLoadBalancer$, loadBalancers.createLoadBalancer),
  operation(Elb.DescribeLoadBalancers$, loadBalancers.describeLoadBalancers),
  operation(Elb.DeleteLoadBalancer$, loadBalancers.deleteLoadBalancer),
  operation(Elb.DescribeLoadBalancerAttributes$, loadBalancers.describeLoadBalancerAttributes),
  operation(Elb.ModifyLoadBalancerAttributes$, loadBalancers.modifyLoadBalancerAttributes),
  operation(Elb.SetSecurityGroups$, loadBalancers.setSecurityGroups),
  operation(Elb.SetSubnets$, loadBalancers.setSubnets),
  operation(Elb.SetIpAddressType$, loadBalancers.setIpAddressType),
  operation(Elb.CreateTargetGroup$, targetGroups.createTargetGroup),
  operation(Elb.DescribeTargetGroups$, targetGroups.describeTargetGroups),
  operation(Elb.ModifyTargetGroup$, targetGroups.modifyTargetGroup),
  operation(Elb.DeleteTargetGroup$, targetGroups.deleteTargetGroup),
  operation(Elb.DescribeTargetGroupAttributes$, targetGroups.describeTargetGroupAttributes),
  operation(Elb.ModifyTargetGroupAttributes$, targetGroups.modifyTargetGroupAttributes),
  operation(Elb.RegisterTargets$, targets.registerTargets),
  operation(Elb.DeregisterTargets$, targets.deregisterTargets),
  operation(Elb.DescribeTargetHealth$, targets.describeTargetHealth),
  operation(Elb.CreateListener$, listeners.createListener),
  operation(Elb.DescribeListeners$, listeners.describeListeners),
  operation(Elb.ModifyListener$, listeners.modifyListener),
  operation(Elb.DeleteListener$, listeners.deleteListener),
  operation(Elb.DescribeListenerAttributes$, attributes.describeListenerAttributes),
  operation(Elb.ModifyListenerAttributes$, attributes.modifyListenerAttributes),
  operation(Elb.DescribeListenerCertificates$, certificates.describeListenerCertificates),
  operation(Elb.AddListenerCertificates$, certificates.addListenerCertificates),
  operation(Elb.RemoveListenerCertificates$, certificates.removeListenerCertificates),
  operation(Elb.CreateRule$, rules.createRule),
  operation(Elb.DescribeRules$, rules.describeRules),
  operation(Elb.ModifyRule$, rules.modifyRule),
  operation(Elb.DeleteRule$, rules.deleteRule),
  operation(Elb.SetRulePriorities$, rules.setRulePriorities),
  operation(Elb.AddTags$, tags.addTags),
  operation(Elb.RemoveTags$, tags.removeTags),
  operation(Elb.DescribeTags$, tags.describeTags),
  operation(Elb.DescribeAccountLimits$, limits.describeAccountLimits),
  operation(Elb.DescribeSSLPolicies$, sslPolicies.describeSslPolicies),
]);
