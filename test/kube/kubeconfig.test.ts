import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Invalid } from '../../src/errors.ts';
import { accessOf, findAccess } from '../../src/kube/access.ts';
import { readKubeconfig } from '../../src/kube/kubeconfig.ts';
import { realClock } from '../../src/runtime/clock.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podwire-'));
});
afterAll(() => rm(dir, { recursive: true }));

const GOOD = `
apiVersion: v1
kind: Config
current-context: dev
clusters:
- {name: local, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}
users:
- {name: me, user: {token: secret}}
contexts:
- {name: dev, context: {cluster: local, user: me, namespace: shop}}
- {name: no-cluster, context: {cluster: gone, user: me}}
- {name: no-user, context: {cluster: local, user: nobody}}
`;

async function write(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

async function sentence(path: string, context?: string): Promise<string> {
  const error = await readKubeconfig(path, context).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Invalid);
  return (error as Error).message.replaceAll(dir, '');
}

test('a context gives server, credentials and namespace', async () => {
  const access = await accessOf(await readKubeconfig(await write('good', GOOD)), realClock);
  expect(access).toMatchObject({
    server: 'https://127.0.0.1:6443',
    namespace: 'shop',
    tls: { rejectUnauthorized: false },
  });
  expect(await access.headers(false)).toEqual({ authorization: 'Bearer secret' });
});

test('each thing that is wrong has a sentence with what was wanted and what was given', async () => {
  const good = await write('good', GOOD);
  expect(await sentence(join(dir, 'missing'))).toBe('kubeconfig /missing: there is no such file');
  expect(await sentence(dir)).toContain('cannot be read: EISDIR');
  expect(await sentence(await write('yaml', 'clusters: [a'))).toContain('kubeconfig /yaml: is not YAML: ');
  expect(await sentence(await write('list', '- a'))).toBe(
    'kubeconfig /list: wanted a YAML mapping with clusters, users and contexts, given "- a"',
  );
  expect(await sentence(await write('bare', GOOD.replace('current-context: dev', '')))).toBe(
    'kubeconfig /bare: wanted current-context to name one of "dev", "no-cluster", "no-user", given none',
  );
  expect(await sentence(good, 'prod')).toBe(
    'kubeconfig /good: wanted a context named "prod", given "dev", "no-cluster", "no-user"',
  );
  expect(await sentence(good, 'no-cluster')).toBe(
    'kubeconfig /good: context "no-cluster" wants cluster "gone", given "local"',
  );
  expect(await sentence(good, 'no-user')).toBe('kubeconfig /good: context "no-user" wants user "nobody", given "me"');
  expect(await sentence(await write('server', GOOD.replace('https://127.0.0.1:6443', 'ftp://x')))).toBe(
    'kubeconfig /server: cluster "local" wants server to be an http or https address, given "ftp://x"',
  );
  expect(await sentence(await write('empty', ''))).toContain('kubeconfig /empty: is not YAML: ');
});

test('several files are joined, and the first to name a thing wins', async () => {
  const first = await write(
    'first',
    'current-context: dev\nclusters: [{name: local, cluster: {server: "http://127.0.0.1:1"}}]',
  );
  const chosen = await readKubeconfig(`${first}:${await write('good', GOOD)}`);
  expect(chosen.cluster.server).toBe('http://127.0.0.1:1');
  expect(chosen.user.token).toBe('secret');
});

test('an exec plug-in is run', async () => {
  const plugin = await write(
    'plugin.mjs',
    `
    const status = { token: 'from-plugin' };
    console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }));`,
  );
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: [plugin],
    interactiveMode: 'Never',
  };
  const path = await write('exec', GOOD.replace('{token: secret}', JSON.stringify({ exec })));
  const access = await accessOf(await readKubeconfig(path), realClock);
  expect(await access.headers(false)).toMatchObject({ authorization: 'Bearer from-plugin' });
});

test('a file that a context names and that is not there is named', async () => {
  const path = await write('ca', GOOD.replace('insecure-skip-tls-verify: true', 'certificate-authority: ca.pem'));
  const error = await accessOf(await readKubeconfig(path), realClock).catch((thrown: Error) => thrown);
  expect((error as Error).message).toContain(`wanted a file that can be read, given ${join(dir, 'ca.pem')}`);
});

test('with nothing named at all there is a sentence too', async () => {
  await expect(findAccess({ env: {}, clock: realClock })).rejects.toThrow(
    'wanted a file name, KUBECONFIG or a pod of the cluster',
  );
});
