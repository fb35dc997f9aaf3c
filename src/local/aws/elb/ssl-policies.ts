import type { DescribeSSLPoliciesInput } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError } from '../error.ts';
import { pageOf } from './paging.ts';

const TLS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const CIPHERS_13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const CIPHERS_GCM = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];

export type SslPolicy = { name: string; protocols: string[]; ciphers: string[] };

/** Names of policies with the range of TLS versions they accept (ALB guide, security policies). Ciphers are the common ones. */
const VERSIONS: Record<string, [oldest: string, newest: string]> = {
  'ELBSecurityPolicy-2016-08': ['TLSv1', 'TLSv1.2'],
  'ELBSecurityPolicy-2015-05': ['TLSv1', 'TLSv1.2'],
  'ELBSecurityPolicy-TLS-1-0-2015-04': ['TLSv1', 'TLSv1.2'],
  'ELBSecurityPolicy-TLS-1-1-2017-01': ['TLSv1.1', 'TLSv1.2'],
  'ELBSecurityPolicy-TLS-1-2-2017-01': ['TLSv1.2', 'TLSv1.2'],
  'ELBSecurityPolicy-TLS-1-2-Ext-2018-06': ['TLSv1.2', 'TLSv1.2'],
  'ELBSecurityPolicy-FS-2018-06': ['TLSv1', 'TLSv1.2'],
  'ELBSecurityPolicy-FS-1-1-2019-08': ['TLSv1.1', 'TLSv1.2'],
  'ELBSecurityPolicy-FS-1-2-2019-08': ['TLSv1.2', 'TLSv1.2'],
  'ELBSecurityPolicy-FS-1-2-Res-2019-08': ['TLSv1.2', 'TLSv1.2'],
  'ELBSecurityPolicy-FS-1-2-Res-2020-10': ['TLSv1.2', 'TLSv1.2'],
  'ELBSecurityPolicy-TLS13-1-0-2021-06': ['TLSv1', 'TLSv1.3'],
  'ELBSecurityPolicy-TLS13-1-1-2021-06': ['TLSv1.1', 'TLSv1.3'],
  'ELBSecurityPolicy-TLS13-1-2-2021-06': ['TLSv1.2', 'TLSv1.3'],
  'ELBSecurityPolicy-TLS13-1-2-Res-2021-06': ['TLSv1.2', 'TLSv1.3'],
  'ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06': ['TLSv1.2', 'TLSv1.3'],
  'ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06': ['TLSv1.2', 'TLSv1.3'],
  'ELBSecurityPolicy-TLS13-1-3-2021-06': ['TLSv1.3', 'TLSv1.3'],
};

export const SSL_POLICIES: SslPolicy[] = Object.entries(VERSIONS).map(([name, [oldest, newest]]) => ({
  name,
  protocols: TLS.slice(TLS.indexOf(oldest), TLS.indexOf(newest) + 1),
  ciphers: [...(newest === 'TLSv1.3' ? CIPHERS_13 : []), ...(oldest === 'TLSv1.3' ? [] : CIPHERS_GCM)],
}));

export function describeSslPolicies(_aws: LocalAws, input: DescribeSSLPoliciesInput) {
  const wanted = input.Names?.length ? input.Names.map(policyByName) : SSL_POLICIES;
  const { items, ...next } = pageOf(wanted, input);
  return { SslPolicies: items.map(shapeOf), ...next };
}

function policyByName(name: string): SslPolicy {
  const found = SSL_POLICIES.find((policy) => policy.name === name);
  if (!found) throw new ElbError('SSLPolicyNotFound', `One or more SSL policies not found: '${name}'`);
  return found;
}

function shapeOf({ name, protocols, ciphers }: SslPolicy) {
  return {
    Name: name,
    SslProtocols: protocols,
    Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
    SupportedLoadBalancerTypes: ['application', 'network'],
  };
}
