import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { LocalAws } from './aws.ts';
import { AwsError } from './error.ts';
import { operationTable } from './operation.ts';
import type { Certificate, Tags } from './state.ts';

type Tag = { Key: string; Value?: string };
type ByArn = { CertificateArn?: string; Tags?: Tag[] };
type ImportInput = ByArn & { Certificate?: string; PrivateKey?: string; CertificateChain?: string };

/** Imports a certificate with its key, both PEM (in the JSON protocol base64 of it); with an ARN it replaces the one there. */
export function importCertificate(aws: LocalAws, input: ImportInput): { CertificateArn: string } {
  const present = input.CertificateArn === undefined ? undefined : certificateOf(aws, input);
  const arn = present?.arn ?? aws.arn('acm', `certificate/${uuid(aws)}`);
  storeCertificate(aws, arn, input);
  return { CertificateArn: arn };
}

/** Keeps a certificate under an ARN of the caller's choice. */
export function storeCertificate(aws: LocalAws, arn: string, input: ImportInput): void {
  const certificatePem = pemOf(input.Certificate, 'certificate');
  const privateKeyPem = pemOf(input.PrivateKey, 'private key');
  const parsed = parse(certificatePem, privateKeyPem);
  aws.state.certificates.set(arn, {
    arn,
    ...namesOf(parsed),
    certificatePem,
    privateKeyPem,
    ...(input.CertificateChain !== undefined && { chainPem: pemOf(input.CertificateChain, 'certificate chain') }),
    notBefore: Date.parse(parsed.validFrom),
    notAfter: Date.parse(parsed.validTo),
    importedAt: aws.clock.now(),
    tags: { ...aws.state.certificates.get(arn)?.tags, ...asTags(input.Tags) },
  });
  aws.changed('certificate', arn);
}

function pemOf(text: string | undefined, what: string): string {
  const pem = text?.includes('-----BEGIN') ? text : Buffer.from(text ?? '', 'base64').toString();
  if (pem.includes('-----BEGIN')) return pem;
  throw new AwsError('ValidationException', `The ${what} is not a valid PEM encoding`);
}

function parse(certificatePem: string, privateKeyPem: string): X509Certificate {
  try {
    const parsed = new X509Certificate(certificatePem);
    if (parsed.checkPrivateKey(createPrivateKey(privateKeyPem))) return parsed;
  } catch (cause) {
    throw new AwsError(
      'ValidationException',
      `The certificate or private key cannot be parsed: ${(cause as Error).message}`,
    );
  }
  throw new AwsError('ValidationException', 'The private key does not match the certificate');
}

function namesOf(parsed: X509Certificate): Pick<Certificate, 'domainName' | 'subjectAlternativeNames'> {
  const listed = (parsed.subjectAltName ?? '').split(', ').filter((name) => name.startsWith('DNS:'));
  const common = /^CN=(.*)$/m.exec(parsed.subject)?.[1];
  const names = listed.map((name) => name.slice(4));
  const domainName = common ?? names[0] ?? '';
  return { domainName, subjectAlternativeNames: names.length > 0 ? names : [domainName] };
}

function uuid(aws: LocalAws): string {
  const digits = aws.hexId() + aws.hexId();
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}

function asTags(tags: Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value = '' }) => [Key, Value]));
}

function certificateOf(aws: LocalAws, input: ByArn): Certificate {
  const found = aws.state.certificates.get(input.CertificateArn ?? '');
  if (found) return found;
  throw new AwsError('ResourceNotFoundException', `Could not find certificate ${input.CertificateArn ?? ''}.`);
}

/** Load balancers whose listeners have the certificate. */
function usersOf(aws: LocalAws, arn: string): string[] {
  const listeners = [...aws.state.listeners.values()].filter((listener) => listener.certificates.includes(arn));
  return [...new Set(listeners.map((listener) => listener.loadBalancerArn))];
}

function summary(aws: LocalAws, certificate: Certificate) {
  return {
    CertificateArn: certificate.arn,
    DomainName: certificate.domainName,
    Status: certificate.notAfter < aws.clock.now() ? 'EXPIRED' : 'ISSUED',
    Type: 'IMPORTED',
    NotBefore: certificate.notBefore / 1000,
    NotAfter: certificate.notAfter / 1000,
    ImportedAt: certificate.importedAt / 1000,
    RenewalEligibility: 'INELIGIBLE',
  };
}

function listCertificates(aws: LocalAws) {
  const CertificateSummaryList = [...aws.state.certificates.values()].map((certificate) => ({
    ...summary(aws, certificate),
    SubjectAlternativeNameSummaries: certificate.subjectAlternativeNames,
    InUse: usersOf(aws, certificate.arn).length > 0,
  }));
  return { CertificateSummaryList };
}

function describeCertificate(aws: LocalAws, input: ByArn) {
  const certificate = certificateOf(aws, input);
  const { subjectAlternativeNames: SubjectAlternativeNames } = certificate;
  return {
    Certificate: { ...summary(aws, certificate), SubjectAlternativeNames, InUseBy: usersOf(aws, certificate.arn) },
  };
}

function deleteCertificate(aws: LocalAws, input: ByArn): object {
  const { arn } = certificateOf(aws, input);
  if (usersOf(aws, arn).length > 0)
    throw new AwsError('ResourceInUseException', `Certificate ${arn} in account ${aws.settings.accountId} is in use.`);
  aws.state.certificates.delete(arn);
  aws.changed('certificate', arn);
  return {};
}

function addTags(aws: LocalAws, input: ByArn): object {
  Object.assign(certificateOf(aws, input).tags, asTags(input.Tags));
  return {};
}

function removeTags(aws: LocalAws, input: ByArn): object {
  const { tags } = certificateOf(aws, input);
  for (const { Key } of input.Tags ?? []) delete tags[Key];
  return {};
}

function listTags(aws: LocalAws, input: ByArn) {
  return { Tags: Object.entries(certificateOf(aws, input).tags).map(([Key, Value]) => ({ Key, Value })) };
}

/** The ACM actions that local AWS serves: imported certificates only. */
export const ACM_OPERATIONS = operationTable([
  { name: 'ImportCertificate', run: importCertificate },
  { name: 'ListCertificates', run: listCertificates },
  { name: 'DescribeCertificate', run: describeCertificate },
  { name: 'DeleteCertificate', run: deleteCertificate },
  { name: 'AddTagsToCertificate', run: addTags },
  { name: 'RemoveTagsFromCertificate', run: removeTags },
  { name: 'ListTagsForCertificate', run: listTags },
]);
