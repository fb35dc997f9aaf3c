import type { CreateListenerInput } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import type { Listener } from '../state.ts';
import { SSL_POLICIES } from './ssl-policies.ts';

const DEFAULT_POLICY = 'ELBSecurityPolicy-2016-08';
const ALPN = ['HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred', 'None'];

type Input = Pick<CreateListenerInput, 'Certificates' | 'SslPolicy' | 'AlpnPolicy' | 'MutualAuthentication'>;
type Security = Pick<Listener, 'certificates' | 'sslPolicy' | 'alpnPolicy' | 'mutualAuthentication'>;

/** Certificates, policy, ALPN and mutual TLS of a listener, checked; what the input leaves out stays as it is. */
export function checkedSecurity(
  aws: LocalAws,
  input: Input,
  of: { protocol: Listener['protocol']; present?: Listener },
): Security {
  const { protocol, present } = of;
  if (protocol !== 'HTTPS' && protocol !== 'TLS') return plainSecurity(protocol, input);
  const before: Partial<Listener> = present ?? (protocol === 'HTTPS' ? { mutualAuthentication: { Mode: 'off' } } : {});
  const alpnPolicy = checkedAlpn(input) ?? before.alpnPolicy;
  const mutualAuthentication = checkedMutualTls(input) ?? before.mutualAuthentication;
  return {
    certificates: certificatesOf(aws, input, present),
    sslPolicy: checkedPolicy(input.SslPolicy ?? before.sslPolicy ?? DEFAULT_POLICY),
    ...(alpnPolicy && { alpnPolicy }),
    ...(mutualAuthentication && { mutualAuthentication }),
  };
}

function checkedPolicy(name: string): string {
  if (SSL_POLICIES.some((policy) => policy.name === name)) return name;
  throw new ElbError('SSLPolicyNotFound', `SSL policy '${name}' not found`);
}

function checkedAlpn({ AlpnPolicy }: Input): string[] | undefined {
  if (!AlpnPolicy?.length) return undefined;
  if (AlpnPolicy.every((name) => ALPN.includes(name))) return AlpnPolicy;
  throw new ElbError('ALPNPolicyNotFound', `ALPN policy '${AlpnPolicy.join()}' not found`);
}

function plainSecurity(protocol: string, input: Input): Security {
  if (input.Certificates?.length) throw validationError(`Certificates cannot be specified for ${protocol} listeners`);
  if (input.SslPolicy !== undefined)
    throw validationError(`An SSL policy cannot be specified for ${protocol} listeners`);
  return { certificates: [] };
}

/** The default certificate first, then those for SNI. */
function certificatesOf(aws: LocalAws, input: Input, present: Listener | undefined): string[] {
  const given = input.Certificates ?? [];
  if (given.length > 1)
    throw validationError('Only one certificate can be specified as the default certificate of a listener');
  const [certificate] = given;
  if (!certificate && present?.certificates.length) return present.certificates;
  if (!certificate) throw validationError('A certificate must be specified for HTTPS and TLS listeners');
  const arn = checkCertificate(aws, certificate.CertificateArn);
  return [arn, ...(present?.certificates ?? []).slice(1).filter((other) => other !== arn)];
}

export function checkCertificate(aws: LocalAws, arn: string | undefined): string {
  if (arn !== undefined && aws.state.certificates.has(arn)) return arn;
  throw new ElbError('CertificateNotFound', `Certificate ARN '${arn ?? ''}' is not valid or not found`);
}

function checkedMutualTls(input: Input) {
  const mutual = input.MutualAuthentication;
  if (!mutual) return undefined;
  if (!['off', 'passthrough', 'verify'].includes(mutual.Mode ?? ''))
    throw validationError(`Mutual authentication mode '${mutual.Mode}' is not valid`);
  if (mutual.Mode === 'verify')
    throw new ElbError('TrustStoreNotFound', `Trust store '${mutual.TrustStoreArn ?? ''}' not found`);
  return mutual;
}
