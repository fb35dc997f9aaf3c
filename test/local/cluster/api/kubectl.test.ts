import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTools } from '../../../../scripts/tool-cache.ts';
import { type LocalApiServer, startLocalApiServer } from '../../../../src/local/cluster/api/server.ts';
import { type Kubectl, kubectlWith } from '../../../kubectl.ts';
import { describeWith } from '../../../tools.ts';
import { deployment, eventAbout } from './requests.ts';

describeWith(['kubectl'], 'kubectl against the local cluster', () => {
  let server: LocalApiServer;
  let kubectl: Kubectl;
  const folder = mkdtempSync(join(tmpdir(), 'podwire-'));

  beforeAll(async () => {
    server = await startLocalApiServer();
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, server.kubeconfig());
    const found = findTools(['kubectl']);
    kubectl = kubectlWith('paths' in found ? found.paths.kubectl : '', kubeconfig);
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  test('apply creates, changes and leaves alone', async () => {
    expect(await kubectl.apply(deployment('web', 2))).toContain('deployment.apps/web created');
    expect(await kubectl.apply(deployment('web', 2))).toContain('unchanged');
    expect(await kubectl.apply(deployment('web', 3))).toContain('configured');
    expect(await kubectl('get', 'deploy', 'web', '-o', 'jsonpath={.spec.replicas}')).toBe('3');
  });

  test('a misspelt field is refused before anything is written', async () => {
    const wrong = { ...deployment('typo', 1), spec: { ...deployment('typo', 1).spec, replcas: 1 } };
    await expect(kubectl.apply(wrong)).rejects.toThrow('unknown field "spec.replcas"');
  });

  test('get, scale, patch, wait and describe work', async () => {
    expect(await kubectl('get', 'deploy')).toMatch(/NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\nweb\s+0\/3/);
    expect(await kubectl('scale', 'deploy', 'web', '--replicas', '4')).toContain('scaled');
    await kubectl(
      'patch',
      'deploy',
      'web',
      '--subresource',
      'status',
      '-p',
      '{"status":{"conditions":[{"type":"Available","status":"True"}]}}',
    );
    expect(await kubectl('wait', 'deploy/web', '--for', 'condition=Available', '--timeout', '10s')).toContain(
      'condition met',
    );
    expect(await kubectl('describe', 'deploy', 'web')).toMatch(/Replicas:\s+4 desired/);
  });

  test('describe shows the events of an object', async () => {
    const uid = await kubectl('get', 'deploy', 'web', '-o', 'jsonpath={.metadata.uid}');
    const regarding = { kind: 'Deployment', name: 'web', namespace: 'default', uid };
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'web.1', namespace: 'default' },
      ...eventAbout(regarding),
    };
    await kubectl.apply(event);
    expect(await kubectl('describe', 'deploy', 'web')).toContain('made it');
  });

  test('server-side apply, explain and delete work', async () => {
    expect(await kubectl('explain', 'ingress.spec.rules.http.paths')).toContain('pathType');
    expect(await kubectl('create', 'namespace', 'shop')).toContain('namespace/shop created');
    expect(await kubectl('create', 'configmap', 'words', '-n', 'shop', '--from-literal', 'a=b')).toContain(
      'configmap/words created',
    );
    expect(await kubectl('get', 'configmap', '-n', 'shop', 'words', '-o', 'jsonpath={.data.a}')).toBe('b');
    expect(await kubectl('delete', 'namespace', 'shop', '--timeout', '20s')).toContain('deleted');
    expect(await kubectl('delete', 'deploy', 'web', '--timeout', '20s')).toContain('deleted');
  });

  test('a role is answered with what is missing', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r', namespace: 'default' },
      rules: [],
    };
    await expect(kubectl.apply(role)).rejects.toThrow('does not do RBAC');
  });
});
