import { fieldOf, type Key, type Reading, read, readMap } from './annotations/source.ts';
import type { ListenPort } from './annotations/listener-keys.ts';
import { checkAttributes, checkTags } from './attribute-ranges.ts';
import { refused, warning } from './problem.ts';
import type { LoadBalancer, Tags } from './stack.ts';

/** What one member says about the load balancer and its listeners. */
export type MemberSettings = {
  scheme?: LoadBalancer['scheme'];
  ipAddressType?: LoadBalancer['ipAddressType'];
  name?: string;
  subnets?: string[];
  subnetTags?: Record<string, string[]>;
  securityGroups?: string[];
  manageBackendRules?: boolean;
  sslRedirect?: number;
  sslPolicy?: string;
  inboundCidrs?: string[];
  attributes: Record<string, string>;
  tags: Tags;
  certificates: string[];
  listenPorts: ListenPort[];
};

/** A setting with the value that must be the same all over the group, as text, and the field it was written in. */
export type Claim = { setting: string; value: string; field: string };

/** Reads the settings; what is wrong becomes a problem of the reading. */
export function readSettings(reading: Reading): MemberSettings {
  const certificates = read(reading, 'certificate-arn') ?? [];
  const settings: MemberSettings = {
    ...readPlacement(reading),
    ...present('sslRedirect', read(reading, 'ssl-redirect')),
    ...present('sslPolicy', read(reading, 'ssl-policy')),
    ...present('inboundCidrs', read(reading, 'inbound-cidrs')),
    attributes: readMap(reading, 'load-balancer-attributes'),
    tags: readMap(reading, 'tags'),
    certificates,
    listenPorts: read(reading, 'listen-ports') ?? [
      certificates.length > 0 ? { protocol: 'HTTPS', port: 443 } : { protocol: 'HTTP', port: 80 },
    ],
  };
  // A wrong group.order or group.name has been read elsewhere, where there was nobody to tell.
  read(reading, 'group.order');
  read(reading, 'group.name');
  checkSettings(settings, reading);
  return settings;
}

const readPlacement = (reading: Reading) => ({
  ...present('scheme', read(reading, 'scheme')),
  ...present('ipAddressType', read(reading, 'ip-address-type')),
  ...present('name', read(reading, 'load-balancer-name')),
  ...present('subnets', read(reading, 'subnets')),
  ...present('securityGroups', read(reading, 'security-groups')),
  ...present('manageBackendRules', read(reading, 'manage-backend-security-group-rules')),
});

const present = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

function checkSettings(settings: MemberSettings, reading: Reading): void {
  const { problems } = reading;
  const { attributes, tags, securityGroups, inboundCidrs } = settings;
  const wrong = [
    ...checkAttributes(attributes, fieldOf(reading, 'load-balancer-attributes')),
    ...checkTags(tags, fieldOf(reading, 'tags')),
  ];
  problems.push(...wrong.map(refused), ...checkPorts(settings, fieldOf(reading, 'listen-ports')).map(refused));
  if (securityGroups === undefined || inboundCidrs === undefined) return;
  const message = 'it has no effect where security-groups is given: the rules of those groups count';
  problems.push(warning({ reason: 'NotActedOn', field: fieldOf(reading, 'inbound-cidrs'), message }));
}

function checkPorts({ listenPorts }: MemberSettings, field: string) {
  const both = listenPorts.filter(({ port, protocol }) =>
    listenPorts.some((other) => other.port === port && other.protocol !== protocol),
  );
  if (both.length === 0) return [];
  const message = `wanted one protocol for each port; given HTTP and HTTPS for port ${both[0]?.port}`;
  return [{ reason: 'InvalidValue', field, message }];
}

/** What the member claims for the whole load balancer. */
export function claimsOf(settings: MemberSettings, reading: Reading): Claim[] {
  const claim = (setting: string, key: Key, value: unknown): Claim[] =>
    value === undefined ? [] : [{ setting, value: textOf(value), field: fieldOf(reading, key) }];
  const perKey = (key: 'tags' | 'load-balancer-attributes', map: Record<string, string>) =>
    Object.entries(map).flatMap(([name, value]) => claim(`${key} ${name}`, key, value));
  const ports = settings.listenPorts.flatMap(({ port, protocol }) => [
    ...claim(`protocol of port ${port}`, 'listen-ports', protocol),
    ...claim(`inbound-cidrs of port ${port}`, 'inbound-cidrs', sorted(settings.inboundCidrs)),
  ]);
  return [
    ...claim('scheme', 'scheme', settings.scheme),
    ...claim('ip-address-type', 'ip-address-type', settings.ipAddressType),
    ...claim('load-balancer-name', 'load-balancer-name', settings.name),
    ...claim('subnets', 'subnets', sorted(settings.subnets) ?? settings.subnetTags),
    ...claim('security-groups', 'security-groups', sorted(settings.securityGroups)),
    ...claim('manage-backend-security-group-rules', 'manage-backend-security-group-rules', settings.manageBackendRules),
    ...claim('ssl-redirect', 'ssl-redirect', settings.sslRedirect),
    ...claim('ssl-policy', 'ssl-policy', settings.sslPolicy),
    ...perKey('load-balancer-attributes', settings.attributes),
    ...perKey('tags', settings.tags),
    ...ports,
  ];
}

const sorted = (list: string[] | undefined): string[] | undefined => list?.toSorted();

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
