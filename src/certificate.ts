import 'reflect-metadata'; // @peculiar/x509 asks for it first
import { type webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its key as PEM; `authority` is the certificate that signed it. */
export type KeyPair = { certificate: string; privateKey: string; authority: string };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 86_400_000;

/** Mints a certificate for DNS names, wildcards included, and IP addresses, signed by an authority of its own that lives no longer than it. */
export async function mintCertificate(names: string[], from: Date, days = 30): Promise<KeyPair> {
  const authority = (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const leaf = (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const validity = {
    notBefore: new Date(from.getTime() - DAY),
    notAfter: new Date(from.getTime() + days * DAY),
    signingAlgorithm: ALGORITHM,
    signingKey: authority.privateKey,
    // Two authorities that are trusted at the same time need two names.
    issuer: `CN=Podwire authority of ${from.toISOString()}`,
  };
  const root = await X509CertificateGenerator.create({
    ...validity,
    subject: validity.issuer,
    publicKey: authority.publicKey,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  const certificate = await X509CertificateGenerator.create({
    ...validity,
    subject: `CN=${names[0] ?? 'localhost'}`,
    publicKey: leaf.publicKey,
    extensions: leafExtensions(names),
  });
  return {
    certificate: certificate.toString('pem'),
    privateKey: await pem(leaf.privateKey),
    authority: root.toString('pem'),
  };
}

const leafExtensions = (names: string[]): Extension[] => [
  new BasicConstraintsExtension(false),
  new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
];

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

/** The DNS names a certificate is for. */
export function namesOf(certificate: string): string[] {
  const alternatives = new X509Certificate(certificate).subjectAltName ?? '';
  return alternatives.split(', ').flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4)] : []));
}
