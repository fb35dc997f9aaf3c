import { createNamed } from './names.ts';
import type { CarryOut, Operations } from './run.ts';
import { toPairs } from '../pairs.ts';

type Names =
  | 'createLoadBalancer'
  | 'setSubnets'
  | 'setSecurityGroups'
  | 'setIpAddressType'
  | 'modifyLoadBalancerAttributes'
  | 'deleteLoadBalancer';

/** A creation this much older than the call was not made by it; clocks may differ by less. */
const OLDER_MS = 5 * 60_000;

const create: CarryOut<'createLoadBalancer'> = async ({ name, tags, ...settings }, { account, resolve }) => {
  const before = account.clock.now() - OLDER_MS;
  return createNamed(account, { kind: 'load-balancer', name, tags }, async () => {
    const { LoadBalancers } = await account.elb.createLoadBalancer({
      Name: name,
      Type: 'application',
      Scheme: settings.scheme,
      IpAddressType: settings.ipAddressType,
      Subnets: settings.subnets,
      SecurityGroups: settings.securityGroups.map(resolve),
      Tags: toPairs(tags),
    });
    const [made] = LoadBalancers ?? [];
    const old = (made?.CreatedTime?.getTime() ?? before) < before;
    return { arn: made?.LoadBalancerArn ?? '', dnsName: made?.DNSName ?? '', old };
  });
};

/** AWS: at most 20 attributes a call. */
const ATTRIBUTES_PER_CALL = 20;

const setAttributes: CarryOut<'modifyLoadBalancerAttributes'> = async (
  { loadBalancer, attributes },
  { account, resolve },
) => {
  const list = toPairs(attributes);
  const LoadBalancerArn = resolve(loadBalancer);
  for (let at = 0; at < list.length; at += ATTRIBUTES_PER_CALL) {
    await account.elb.modifyLoadBalancerAttributes({
      LoadBalancerArn,
      Attributes: list.slice(at, at + ATTRIBUTES_PER_CALL),
    });
  }
  return undefined;
};

export const LOAD_BALANCER_OPERATIONS: Operations<Names> = {
  createLoadBalancer: create,
  modifyLoadBalancerAttributes: setAttributes,
  setSubnets: async ({ loadBalancer, subnets }, { account, resolve }) => {
    await account.elb.setSubnets({ LoadBalancerArn: resolve(loadBalancer), Subnets: subnets });
    return undefined;
  },
  setSecurityGroups: async ({ loadBalancer, securityGroups }, { account, resolve }) => {
    await account.elb.setSecurityGroups({
      LoadBalancerArn: resolve(loadBalancer),
      SecurityGroups: securityGroups.map(resolve),
    });
    return undefined;
  },
  setIpAddressType: async ({ loadBalancer, ipAddressType }, { account, resolve }) => {
    await account.elb.setIpAddressType({ LoadBalancerArn: resolve(loadBalancer), IpAddressType: ipAddressType });
    return undefined;
  },
  deleteLoadBalancer: async ({ arn }, { account }) => {
    await account.elb.deleteLoadBalancer({ LoadBalancerArn: arn });
    account.inventory.deleted(arn);
    return undefined;
  },
};
