import { writeFile } from 'node:fs/promises';

export type KubeconfigEntry = { name: string; url: string; token?: string; certificateAuthority?: string };

/** Writes a kubeconfig with one cluster, one user and one context, all called `name`. JSON, which is YAML too. */
export async function writeKubeconfig(file: string, entry: KubeconfigEntry): Promise<void> {
  const { name, url, token, certificateAuthority } = entry;
  const authority = certificateAuthority && {
    'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, ...authority } }],
    users: [{ name, user: token === undefined ? {} : { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  await writeFile(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
