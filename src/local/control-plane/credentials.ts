import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Who may speak to the API server, by bearer token. */
type Identity = { token: string; user: string; groups: string[] };

/** `admin` may do everything; `operator` has only what role bindings give to the user `podwire`. */
export type Identities = Record<'admin' | 'controllerManager' | 'operator', Identity>;

export function newIdentities(): Identities {
  const identity = (user: string, ...groups: string[]): Identity => ({
    token: randomBytes(16).toString('hex'),
    user,
    groups,
  });
  return {
    admin: identity('admin', 'system:masters'),
    controllerManager: identity('system:kube-controller-manager', 'system:masters'),
    operator: identity('podwire'),
  };
}

/** Writes the files kube-apiserver is started with: tokens and the service account key pair. */
export async function writeCredentials(dir: string, identities: Identities): Promise<void> {
  await mkdir(dir, { recursive: true });
  const rows = Object.values(identities).map(
    ({ token, user, groups }) => `${token},${user},${user},"${groups.join(',')}"`,
  );
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    'tokens.csv': `${rows.join('\n')}\n`,
    'sa.key': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'sa.pub': publicKey.export({ type: 'spki', format: 'pem' }),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content, { mode: 0o600 });
}
