import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATE, INJECT } from '../../src/api/pod.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { type Local, startLocal } from '../../src/local/local.ts';

let dir: string;
let local: Local;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podwire-injection-'));
  local = await startLocal({ dir, firstLine: 'v1;3;true;preserve;', tell: () => undefined });
});
afterAll(async () => {
  await local?.stop();
  await rm(dir, { recursive: true, force: true });
});

const create = async (namespace: string, labels: Record<string, string>) => {
  await local.kube.create(RESOURCES.namespace, { metadata: { name: namespace, labels } });
  const spec = { containers: [{ name: 'app', image: 'nginxinc/nginx-unprivileged:stable' }] };
  return local.kube.create(RESOURCES.pod, { metadata: { name: 'pod', namespace }, spec });
};

test('the local cluster asks the operator, and a pod as old as its labelled namespace gets gate and sleep', async () => {
  expect((await create('labelled', { [INJECT]: 'enabled' })).spec).toMatchObject({
    terminationGracePeriodSeconds: 33,
    readinessGates: [{ conditionType: GATE }],
    containers: [{ lifecycle: { preStop: { sleep: { seconds: 3 } } } }],
  });
  expect((await create('plain', {})).spec).not.toHaveProperty('readinessGates');
});
