import type {
  AddListenerCertificatesInput,
  Certificate,
  DescribeListenerCertificatesInput,
  RemoveListenerCertificatesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import { listenersOf } from '../state.ts';
import type { Listener } from '../state.ts';
import { listenerOf, loadBalancerOf, visibleListenerOf } from './lookup.ts';
import { pageOf } from './paging.ts';
import { checkQuota } from './quotas.ts';
import { checkCertificate } from './security.ts';

export function describeListenerCertificates(aws: LocalAws, input: DescribeListenerCertificatesInput) {
  const listener = listenerOf(aws, input.ListenerArn);
  const all = listener.certificates.map((arn, index) => ({ CertificateArn: arn, IsDefault: index === 0 }));
  const { items, ...next } = pageOf(all, input);
  return { Certificates: items, ...next };
}

/** Adds a certificate for SNI; one that is there already stays, once. */
export function addListenerCertificates(aws: LocalAws, input: AddListenerCertificatesInput) {
  const listener = visibleListenerOf(aws, input.ListenerArn);
  if (listener.protocol !== 'HTTPS' && listener.protocol !== 'TLS')
    throw validationError(`Certificates cannot be added to a listener with protocol ${listener.protocol}`);
  const arn = checkCertificate(aws, onlyOne(input.Certificates));
  if (!listener.certificates.includes(arn)) addCertificate(aws, listener, arn);
  return { Certificates: [{ CertificateArn: arn, IsDefault: listener.certificates[0] === arn }] };
}

function addCertificate(aws: LocalAws, listener: Listener, arn: string): void {
  const { type } = loadBalancerOf(aws, listener.loadBalancerArn);
  const siblings = listenersOf(aws.state, listener.loadBalancerArn);
  const count = siblings.reduce((sum, other) => sum + Math.max(0, other.certificates.length - 1), 1);
  checkQuota(aws, `certificates-per-${type}-load-balancer`, { count, code: 'TooManyCertificates' });
  listener.certificates.push(arn);
  aws.changed('listener', listener.arn);
}

export function removeListenerCertificates(aws: LocalAws, input: RemoveListenerCertificatesInput): object {
  const listener = listenerOf(aws, input.ListenerArn);
  const arn = onlyOne(input.Certificates);
  if (listener.certificates[0] === arn)
    throw new ElbError('OperationNotPermitted', `Default certificate '${arn}' cannot be removed from the listener`);
  listener.certificates = listener.certificates.filter((other) => other !== arn);
  aws.changed('listener', listener.arn);
  return {};
}

function onlyOne(certificates: Certificate[] | undefined): string {
  const [certificate, second] = certificates ?? [];
  if (!certificate || second) throw validationError('Exactly one certificate must be specified');
  return certificate.CertificateArn ?? '';
}
