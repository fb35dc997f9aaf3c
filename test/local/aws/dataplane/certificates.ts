import { mintCertificate } from '../../../../src/certificate.ts';
import type { World } from './world.ts';

/** Mints a certificate for a name and puts it into the certificate store. */
export async function storeCertificate(world: World, name: string): Promise<{ arn: string; authority: string }> {
  const pair = await mintCertificate([name], new Date());
  const arn = `arn:aws:acm:eu-central-1:123456789012:certificate/${name}`;
  world.aws.state.certificates.set(arn, {
    arn,
    domainName: name,
    subjectAlternativeNames: [name],
    certificatePem: pair.certificate,
    privateKeyPem: pair.privateKey,
    notBefore: 0,
    notAfter: Date.now() + 86_400_000,
    importedAt: Date.now(),
    tags: {},
  });
  return { arn, authority: pair.authority };
}
