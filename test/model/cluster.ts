import type { Ingress, IngressClass, Service } from '../../src/cluster/objects.ts';
import type { Member, StackInput } from '../../src/model/build.ts';
import type { StackFacts, SubnetFact } from '../../src/model/facts.ts';
import { DRAIN_SETTINGS } from './drain/samples.ts';
import { meta, service } from './samples.ts';

export const classOf = (name: string, more: Partial<IngressClass> = {}): IngressClass => ({
  ...meta(name, { namespace: '' }),
  controller: 'podwire.dev/alb',
  isDefault: false,
  ...more,
});

export const serviceOf = (name: string, more: Partial<Service> = {}): Service => service({ ...meta(name), ...more });

/** An Ingress with one host, served by Service `web`; annotations without their prefix. */
export const ingressOf = (
  name: string,
  annotations: Record<string, string> = {},
  more: Partial<Ingress> = {},
): Ingress => ({
  ...meta(name),
  className: 'podwire',
  annotations: Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [`alb.ingress.kubernetes.io/${key}`, value]),
  ),
  rules: [
    {
      host: `${name}.example.com`,
      paths: [{ path: '/', pathType: 'Prefix', backend: { service: 'web', port: { number: 80 } } }],
    },
  ],
  tls: [],
  hostnames: [],
  ...more,
});

export const memberOf = (
  name: string,
  annotations: Record<string, string> = {},
  more: Partial<Member> = {},
): Member => ({
  ingress: ingressOf(name, annotations),
  class: classOf('podwire'),
  services: [serviceOf('web')],
  ...more,
});

export const inputOf = (members: Member[], more: Partial<StackInput> = {}): StackInput => ({
  key: 'group/front',
  members,
  cluster: { name: 'prod', uid: 'cluster-uid' },
  settings: {
    defaultScheme: 'internal',
    defaultTargetType: 'ip',
    defaultSslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    defaultTags: {},
    drain: DRAIN_SETTINGS,
  },
  targetTypes: {},
  ...more,
});

export const subnetOf = (id: string, zone: string, more: Partial<SubnetFact> = {}): SubnetFact => ({
  id,
  vpcId: 'vpc-1',
  zone,
  zoneType: 'availability-zone',
  cidr: '10.0.0.0/24',
  ipv6Cidrs: [],
  freeAddresses: 100,
  tags: { 'kubernetes.io/role/internal-elb': '1' },
  ...more,
});

export const FACTS: StackFacts = {
  vpcId: 'vpc-1',
  subnets: [subnetOf('subnet-a', 'a'), subnetOf('subnet-b', 'b')],
  securityGroups: [],
};
