import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalAwsProcess, startAwsProcess } from '../../src/local/aws-process.ts';
import { type LocalCluster, startLocalCluster } from '../../src/local/cluster/cluster.ts';
import { connectTo } from '../../src/local/cluster/connection.ts';
import { localNodes } from '../../src/local/cluster/kubelet/node.ts';
import { applyObjects, readManifests } from '../../src/local/manifests.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { claimSlot, type Slot } from '../../src/local/slot.ts';
import { addressOf } from '../../src/local/world.ts';
import { makeApp, runContained, startContained } from './contained-operator.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podwire-contained-'));
  await makeApp(dir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the operator as its image has it', () => {
  let slot: Slot;
  let aws: LocalAwsProcess;
  let cluster: LocalCluster;
  beforeAll(async () => {
    slot = await claimSlot();
    const nodes = localNodes({ slot: slot.number });
    aws = await startAwsProcess({ dir, nodes, slot: slot.number });
    cluster = await startLocalCluster({ dir, nodes });
  });
  afterAll(async () => {
    await cluster?.close();
    await aws?.stop();
    await slot?.release();
  });

  test('R15, N6: read-only, without node_modules and with few permissions, it gets the Ingress of the example its address', async () => {
    const kube = await connectTo(cluster.kubeconfigPath);
    for (const file of await readdir(shippedFile('crds')))
      await applyObjects(kube, await readManifests(shippedFile('crds', file)));
    await applyObjects(kube, await readManifests(shippedFile('examples', 'shop', 'shop.yaml')));
    const { program, log, metrics } = await startContained({
      dir,
      kubeconfig: cluster.kubeconfigPath,
      awsUrl: aws.url,
    });
    try {
      expect(await addressOf({ aws, kube }, 'shop', 'shop')).toMatch(/^pw-shop-shop-.*\.localhost$/);
      const measured = await (await fetch(metrics)).text();
      expect(measured).toMatch(/^podwire_leader 1$/m);
      expect(await readFile(log, 'utf8')).not.toMatch(/ERR_ACCESS_DENIED|restricted|Warning/);
    } finally {
      await program.stop();
    }
    expect(await program.exitCode).toBe(0);
  });
});

const REQUIRED = ['--cluster-name', 'shop', '--region', 'eu-central-1', '--vpc-id', 'vpc-1'];

describe('what the image does not do is told in a sentence', () => {
  test('R15: a kubeconfig that wants a program started', async () => {
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws' } };
    const config = {
      clusters: [{ name: 'shop', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'shop', user }],
      contexts: [{ name: 'shop', context: { cluster: 'shop', user: 'shop' } }],
      'current-context': 'shop',
    };
    await mkdir(join(dir, 'config'), { recursive: true });
    await writeFile(join(dir, 'config', 'exec'), JSON.stringify(config));
    const { code, told } = await runContained(dir, ['run', ...REQUIRED, '--kubeconfig', join(dir, 'config', 'exec')]);
    expect(code).toBe(1);
    expect(told).toMatch(/context "shop" wants an exec plug-in.*the image of the operator has none/);
  });

  test('N6: a config file outside the folders that it may read', async () => {
    await writeFile(join(dir, 'elsewhere.yaml'), 'apiVersion: podwire.dev/v1alpha1');
    const { code, told } = await runContained(dir, ['run', '--config', join(dir, 'elsewhere.yaml')]);
    expect(code).toBe(2);
    expect(told).toMatch(/elsewhere\.yaml: cannot be read: Access to this API has been restricted/);
  });
});
