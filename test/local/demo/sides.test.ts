import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { NewObject } from '../../../src/kube/api.ts';
import { unprotectedShop } from '../../../src/local/demo/sides.ts';
import { readManifests } from '../../../src/local/manifests.ts';
import { shippedFile } from '../../../src/local/package-root.ts';

const FILE = shippedFile('examples', 'shop', 'shop.yaml');
const KINDS = ['Namespace', 'Deployment', 'Service', 'Ingress'];
const kindIn = (objects: NewObject[], wanted: string) => objects.find(({ kind }) => kind === wanted);

let shop: NewObject[];
let bare: NewObject[];
beforeAll(async () => {
  shop = await readManifests(FILE);
  bare = unprotectedShop(shop, 2);
});

test('the shop has nothing that protects its pods but a label of its namespace', async () => {
  expect(await readFile(FILE, 'utf8')).not.toMatch(/preStop|GracePeriod|minReady|readinessGates|podwire\.dev\/drain/);
  expect(kindIn(shop, 'Namespace')?.metadata).toEqual({ name: 'shop', labels: { 'podwire.dev/inject': 'enabled' } });
});

test('its copy is the same without the label, with pods that opt out', () => {
  expect(bare.map(({ kind }) => kind)).toEqual(KINDS);
  expect(kindIn(bare, 'Namespace')?.metadata).toEqual({ name: 'bare' });
  for (const one of bare.slice(1)) expect(one.metadata.namespace).toBe('bare');
  for (const kind of ['Service', 'Ingress']) expect(kindIn(bare, kind)?.spec).toEqual(kindIn(shop, kind)?.spec);
  const [copy, original] = [kindIn(bare, 'Deployment')?.spec, structuredClone(kindIn(shop, 'Deployment')?.spec)];
  const spec = original as { replicas: number; template: { metadata: { annotations?: object } } };
  spec.replicas = 2;
  spec.template.metadata.annotations = { 'podwire.dev/drain': 'off' };
  expect(copy).toEqual(spec);
});
