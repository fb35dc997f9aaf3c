import { describe, expect, test } from 'vitest';
import { environmentOf } from '../../../../../src/local/cluster/kubelet/program/environment.ts';
import { fieldOf, type PodPlace } from '../../../../../src/local/cluster/kubelet/program/field.ts';
import type { PodData } from '../../../../../src/local/cluster/kubelet/program/pod-data.ts';
import type { Container, EnvironmentVariable, Pod } from '../../../../../src/local/cluster/objects.ts';

const DATA: Record<string, Record<string, string>> = {
  'configMap lines': { A: '1', B: '2' },
  'secret aws': { KEY: 'k' },
};
const read: PodData = async ({ kind, name, optional }) => {
  const found = DATA[`${kind} ${name}`];
  if (found === undefined && !optional) throw new Error(`${kind} ${name} is not there`);
  return found ?? {};
};
const metadata = { name: 'a', namespace: 'shop', uid: 'u', labels: { app: 'web' } };
const place: PodPlace = {
  pod: { metadata, spec: { containers: [], serviceAccountName: 'robot' } } as unknown as Pod,
  node: 'n1',
  hostAddress: '10.0.1.10',
  addresses: ['10.0.1.40', 'fd00::1'],
};
const environment = (given: Partial<Container>) => environmentOf({ name: 'c', image: 'i', ...given }, place, read);
const one = (valueFrom: EnvironmentVariable['valueFrom'] & object) => environment({ env: [{ name: 'X', valueFrom }] });

describe('the environment of a container', () => {
  test('env goes before envFrom, and a prefix before the key', async () => {
    const envFrom = [{ configMapRef: { name: 'lines' } }, { secretRef: { name: 'aws' }, prefix: 'AWS_' }];
    expect(await environment({ envFrom, env: [{ name: 'A', value: 'own' }, { name: 'C' }] })).toEqual({
      ...{ A: 'own', B: '2', AWS_KEY: 'k', C: '' },
    });
  });

  test('a value comes from a field, a ConfigMap or a Secret', async () => {
    expect(await one({ fieldRef: { fieldPath: 'metadata.namespace' } })).toEqual({ X: 'shop' });
    expect(await one({ configMapKeyRef: { name: 'lines', key: 'B' } })).toEqual({ X: '2' });
    expect(await one({ secretKeyRef: { name: 'aws', key: 'KEY' } })).toEqual({ X: 'k' });
  });

  test('what is not there is an error, or left out where it is optional', async () => {
    await expect(one({ secretKeyRef: { name: 'aws', key: 'NO' } })).rejects.toThrow('secret aws has no key NO');
    await expect(environment({ envFrom: [{ secretRef: { name: 'no' } }] })).rejects.toThrow('secret no is not there');
    expect(await one({ secretKeyRef: { name: 'no', key: 'NO', optional: true } })).toEqual({});
    expect(await environment({ envFrom: [{ secretRef: { name: 'no', optional: true } }] })).toEqual({});
  });

  test.each([
    ['metadata.name', 'a'],
    ["metadata.labels['app']", 'web'],
    ["metadata.annotations['none']", ''],
    ['spec.nodeName', 'n1'],
    ['spec.serviceAccountName', 'robot'],
    ['status.hostIP', '10.0.1.10'],
    ['status.podIPs', '10.0.1.40,fd00::1'],
  ])('the field %s', (path, value) => expect(fieldOf(place, path)).toBe(value));

  test('a field that nobody has is named', () =>
    expect(() => fieldOf(place, 'spec.nothing')).toThrow('given spec.nothing'));
});
