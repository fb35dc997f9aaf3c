import type { ForwardTarget, Rule, RuleCondition, Stack, TargetGroup } from '../../src/model/stack.ts';
import { DRAIN_BUDGET } from '../model/drain/samples.ts';
import { ownershipTags } from '../../src/model/tags.ts';

export const CLUSTER = { name: 'local', uid: '11111111-2222-3333-4444-555555555555' };

export type SampleOptions = {
  key?: string;
  vpcId?: string;
  subnets?: string[];
  services?: string[];
  ports?: number[];
  /** `host path service`, in order of priority. */
  routes?: string[];
  cluster?: { name: string; uid: string };
};

const HASH: Record<string, string> = { 'ingress/shop/web': 'a1b2c3' };
const nameOf = (key: string, part: string): string =>
  `k8s-${(HASH[key] ?? key.replace(/\W/g, '')).slice(-12)}-${part}`.slice(0, 32);

/** A stack of the shape the model builds. */
export function sampleStack(options: SampleOptions = {}): Stack {
  const { key = 'ingress/shop/web', services = ['web'], ports = [80], cluster = CLUSTER } = options;
  const routes = options.routes ?? services.map((service) => `shop.example.com /${service} ${service}`);
  const tags = (resource: string) => ownershipTags(cluster, key, resource);
  return {
    key,
    vpcId: options.vpcId ?? 'vpc-1',
    loadBalancer: {
      name: nameOf(key, 'lb'),
      scheme: 'internet-facing',
      ipAddressType: 'ipv4',
      subnets: options.subnets ?? ['subnet-a', 'subnet-b'],
      securityGroups: [],
      attachBackendSecurityGroup: true,
      attributes: {},
      tags: tags('load-balancer'),
    },
    securityGroup: {
      name: nameOf(key, 'sg'),
      description: 'Clients of the load balancer',
      ingress: ports.map((port) => ({ port, cidr: '0.0.0.0/0' })),
      tags: tags('security-group'),
    },
    listeners: ports.map((port) => ({
      port,
      protocol: 'HTTP',
      certificates: [],
      defaultActions: [{ type: 'fixed-response', statusCode: '404', contentType: 'text/plain', messageBody: '' }],
      rules: routes.map((route, index) => sampleRule(route, { port, priority: index + 1, tags })),
      tags: tags(`listener/${port}`),
    })),
    targetGroups: services.map((service) => sampleGroup(service, { key, tags })),
  };
}

type RuleContext = { port: number; priority: number; tags: (resource: string) => Record<string, string> };

function sampleRule(route: string, { port, priority, tags }: RuleContext): Rule {
  const [host = '', path = '', service = ''] = route.split(' ');
  const conditions: RuleCondition[] = [
    { field: 'host-header', values: [host] },
    { field: 'path-pattern', values: [path] },
  ];
  const actions: Rule['actions'] = [{ type: 'forward', targets: [groupTarget(service)] }];
  return { priority, conditions, actions, owner: 'shop/web', tags: tags(`rule/${port}/${priority}`) };
}

const groupTarget = (service: string): ForwardTarget => ({ targetGroup: `shop/${service}:80`, weight: 1 });

function sampleGroup(service: string, { key, tags }: { key: string; tags: RuleContext['tags'] }): TargetGroup {
  const id = `shop/${service}:80`;
  return {
    id,
    name: nameOf(key, `tg-${service}`),
    targetType: 'ip',
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    port: 80,
    ipAddressType: 'ipv4',
    healthCheck: {
      protocol: 'HTTP',
      path: '/',
      port: 'traffic-port',
      intervalSeconds: 15,
      timeoutSeconds: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      matcher: { httpCode: '200' },
    },
    attributes: {},
    tags: tags(`target-group/${id}`),
    backend: { namespace: 'shop', service, port: { number: 80 } },
    drain: DRAIN_BUDGET,
  };
}
