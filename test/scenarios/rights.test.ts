import { describe, expect, test } from 'vitest';
import { OPERATOR_RIGHTS } from '../../src/kube/rights.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { isAllowed } from './rights.ts';

const OWN = 'podwire-system';
const allowed = (asked: Parameters<typeof isAllowed>[1]): boolean => isAllowed(OPERATOR_RIGHTS, asked, OWN);

describe('S9: rights of the operator, which every scenario runs with', () => {
  test('Secrets: its own certificate, in its own namespace, and no other', () => {
    const secret = { resource: RESOURCES.secret, namespace: OWN };
    expect(allowed({ ...secret, verb: 'get', name: 'podwire-webhook' })).toBe(true);
    expect(allowed({ ...secret, verb: 'get', name: 'another' })).toBe(false);
    expect(allowed({ ...secret, verb: 'get', name: 'podwire-webhook', namespace: 'shop' })).toBe(false);
    expect(allowed({ ...secret, verb: 'list' })).toBe(false);
  });

  test('ConfigMaps: the drain lines of every namespace, by name', () => {
    const lines = { resource: RESOURCES.configMap, namespace: 'shop', name: 'podwire-drain' };
    for (const verb of ['get', 'create', 'patch', 'delete'] as const) expect(allowed({ ...lines, verb })).toBe(true);
    for (const verb of ['get', 'patch', 'delete'] as const)
      expect(allowed({ ...lines, verb, name: 'settings' })).toBe(false);
    expect(allowed({ ...lines, verb: 'create', name: undefined })).toBe(false);
  });

  test('pods: their status may be written, and nothing else', () => {
    const pod = { resource: RESOURCES.pod, namespace: 'shop', name: 'web-1' };
    expect(allowed({ ...pod, verb: 'patch', subresource: 'status' })).toBe(true);
    expect(allowed({ ...pod, verb: 'patch' })).toBe(false);
    expect(allowed({ ...pod, verb: 'delete' })).toBe(false);
  });

  test('injection: it may not take itself away', () => {
    const policy = { resource: RESOURCES.mutatingAdmissionPolicy, name: 'pod-drain.podwire.dev' };
    expect(allowed({ ...policy, verb: 'get' })).toBe(true);
    for (const verb of ['patch', 'delete', 'create'] as const) expect(allowed({ ...policy, verb })).toBe(false);
  });
});
