import type { Table } from './annotation.ts';
import { anything } from './reader.ts';

const later = { on: 'Service', merge: 'own', type: 'text', read: anything, acted: false } as const;
const bool = { ...later, type: 'bool' } as const;
const list = { ...later, type: 'list' } as const;
const map = { ...later, type: 'map' } as const;
const number = { ...later, type: 'number' } as const;
const whoMayReach = 'it limits who may reach the load balancer';

/** Services of type LoadBalancer, which become Network Load Balancers. None is acted on yet. */
export const SERVICE_KEYS = {
  'load-balancer-source-ranges': { ...list, protects: whoMayReach, about: 'CIDRs that may reach the listeners.' },
  'aws-load-balancer-security-group-prefix-lists': {
    ...list,
    protects: whoMayReach,
    about: 'Prefix lists that may reach the listeners.',
  },
  'aws-load-balancer-type': { ...later, about: '`external` or `nlb-ip`: hands the Service to the operator.' },
  'aws-load-balancer-nlb-target-type': { ...later, type: 'enum', about: '`ip` or `instance`.' },
  'aws-load-balancer-name': { ...later, about: 'Name of the load balancer.' },
  'aws-load-balancer-scheme': {
    ...later,
    type: 'enum',
    protects: whoMayReach,
    about: '`internal` or `internet-facing`.',
  },
  'aws-load-balancer-internal': { ...bool, protects: whoMayReach, about: 'Older form of the scheme.' },
  'aws-load-balancer-proxy-protocol': { ...later, about: '`*`: proxy protocol toward all targets.' },
  'aws-load-balancer-proxy-protocol-per-target-group': { ...list, about: 'Ports with proxy protocol.' },
  'aws-load-balancer-ip-address-type': { ...later, type: 'enum', about: '`ipv4` or `dualstack`.' },
  'aws-load-balancer-access-log-enabled': { ...bool, about: 'Access logs; older form of an attribute.' },
  'aws-load-balancer-access-log-s3-bucket-name': { ...later, about: 'Bucket of the access logs.' },
  'aws-load-balancer-access-log-s3-bucket-prefix': { ...later, about: 'Prefix in that bucket.' },
  'aws-load-balancer-cross-zone-load-balancing-enabled': { ...bool, about: 'Balancing across zones.' },
  'aws-load-balancer-ssl-cert': { ...list, about: 'Certificates; the first is the default one.' },
  'aws-load-balancer-ssl-ports': { ...list, about: 'Ports with TLS.' },
  'aws-load-balancer-ssl-negotiation-policy': { ...later, about: 'Security policy of the TLS listeners.' },
  'aws-load-balancer-backend-protocol': { ...later, type: 'enum', about: '`tcp` or `ssl` toward the targets.' },
  'aws-load-balancer-additional-resource-tags': { ...map, about: 'Tags on everything that is made.' },
  'aws-load-balancer-healthcheck-protocol': { ...later, type: 'enum', about: 'Protocol of the health check.' },
  'aws-load-balancer-healthcheck-port': { ...later, type: 'port', about: 'Port of the health check.' },
  'aws-load-balancer-healthcheck-path': { ...later, type: 'path', about: 'Path of the health check.' },
  'aws-load-balancer-healthcheck-healthy-threshold': { ...number, about: 'Successes that make a target healthy.' },
  'aws-load-balancer-healthcheck-unhealthy-threshold': { ...number, about: 'Failures that make it unhealthy.' },
  'aws-load-balancer-healthcheck-timeout': { ...number, about: 'Time-out of the health check.' },
  'aws-load-balancer-healthcheck-interval': { ...number, about: 'Interval of the health check.' },
  'aws-load-balancer-healthcheck-success-codes': { ...later, type: 'codes', about: 'Answers of a healthy target.' },
  'aws-load-balancer-eip-allocations': { ...list, about: 'Elastic IP addresses, one per subnet.' },
  'aws-load-balancer-private-ipv4-addresses': { ...list, about: 'Private addresses, one per subnet.' },
  'aws-load-balancer-ipv6-addresses': { ...list, about: 'IPv6 addresses, one per subnet.' },
  'aws-load-balancer-target-group-attributes': { ...map, about: 'Attributes of the target groups.' },
  'aws-load-balancer-target-group-attributes.*': { ...map, about: 'Attributes of the target group of one port.' },
  'aws-load-balancer-subnets': { ...list, about: 'Subnets, one per zone.' },
  'aws-load-balancer-alpn-policy': { ...later, type: 'enum', about: 'ALPN policy of the TLS listeners.' },
  'aws-load-balancer-target-node-labels': { ...map, about: 'Labels of the nodes that become targets.' },
  'aws-load-balancer-attributes': { ...map, about: 'Attributes of the load balancer.' },
  'aws-load-balancer-security-groups': { ...list, protects: whoMayReach, about: 'Security groups in place of ours.' },
  'aws-load-balancer-manage-backend-security-group-rules': { ...bool, about: 'Whether the way to targets is opened.' },
  'aws-load-balancer-inbound-sg-rules-on-private-link-traffic': {
    ...later,
    type: 'enum',
    protects: whoMayReach,
    about: 'Whether rules count for PrivateLink.',
  },
  'aws-load-balancer-listener-attributes.*': { ...map, about: 'Attributes of the listener `<protocol>-<port>`.' },
  'aws-load-balancer-multi-cluster-target-group': { ...bool, about: 'Targets of several clusters in one group.' },
  'aws-load-balancer-enable-prefix-for-ipv6-source-nat': { ...later, type: 'enum', about: 'Prefixes for source NAT.' },
  'aws-load-balancer-source-nat-ipv6-prefixes': { ...list, about: 'Those prefixes, one per subnet.' },
  'aws-load-balancer-minimum-load-balancer-capacity': { ...map, about: 'Capacity that is reserved.' },
  'aws-load-balancer-enable-icmp-for-path-mtu-discovery': { ...later, type: 'enum', about: 'Lets ICMP through.' },
  'aws-load-balancer-enable-tcp-udp-listener': { ...bool, about: 'Joins TCP and UDP of one port.' },
  'aws-load-balancer-disable-nlb-sg': { ...bool, about: 'A load balancer without security groups.' },
  'aws-load-balancer-quic-enabled-ports': { ...list, about: 'Ports with QUIC.' },
  'actions.*': { ...later, type: 'JSON', about: 'Weighted forward of the listener `<protocol>-<port>`.' },
} as const satisfies Table;
