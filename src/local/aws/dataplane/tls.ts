import { type SecureContext, createSecureContext } from 'node:tls';
import type { AwsState, Certificate } from '../state.ts';

/** The TLS contexts of a listener's certificates, from the certificate store. */
export class TlsContexts {
  readonly #state: () => AwsState;
  readonly #contexts = new Map<string, { importedAt: number; context: SecureContext }>();

  constructor(state: () => AwsState) {
    this.#state = state;
  }

  /** The PEM of the default certificate, for clients that name no host. */
  fallback(arns: readonly string[]): { cert: string; key: string } | undefined {
    const certificate = this.#state().certificates.get(arns[0] ?? '');
    return certificate && pemOf(certificate);
  }

  /** The context for a host name: a certificate for that very name, else a wildcard one, else the default one. */
  forHost(host: string, arns: readonly string[]): SecureContext | undefined {
    const certificates = arns.flatMap((arn) => this.#state().certificates.get(arn) ?? []);
    const name = host.toLowerCase();
    const wildcard = name.replace(/^[^.]+/, '*');
    const found =
      certificates.find((certificate) => namesOf(certificate).includes(name)) ??
      certificates.find((certificate) => namesOf(certificate).includes(wildcard)) ??
      certificates[0];
    return found && this.#contextOf(found);
  }

  #contextOf(certificate: Certificate): SecureContext {
    const known = this.#contexts.get(certificate.arn);
    if (known?.importedAt === certificate.importedAt) return known.context;
    const context = createSecureContext(pemOf(certificate));
    this.#contexts.set(certificate.arn, { importedAt: certificate.importedAt, context });
    return context;
  }
}

const namesOf = ({ domainName, subjectAlternativeNames }: Certificate): string[] =>
  [domainName, ...subjectAlternativeNames].map((name) => name.toLowerCase());

const pemOf = ({ certificatePem, chainPem, privateKeyPem }: Certificate): { cert: string; key: string } => ({
  cert: chainPem === undefined ? certificatePem : `${certificatePem.trimEnd()}\n${chainPem}`,
  key: privateKeyPem,
});
