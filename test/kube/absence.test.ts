import { expect, test } from 'vitest';
import { isNotServed } from '../../src/kube/absence.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { Transport } from '../../src/kube/transport.ts';

/** A server that is starting, or something between it and us, whose discovery knows of no group. */
const empty = {
  send: () => Promise.resolve(JSON.stringify({ kind: 'APIGroupList', groups: [] })),
} as unknown as Transport;
const { signal } = new AbortController();

test('S15: that Kubernetes has no Ingresses, EndpointSlices or Services is never believed', async () => {
  for (const kind of ['ingress', 'ingressClass', 'endpointSlice', 'service'] as const)
    expect(await isNotServed(empty, RESOURCES[kind], signal)).toBe(false);
});

test('control: that a custom resource is not there is', async () => {
  for (const kind of ['targetGroup', 'loadBalancer', 'ingressClassParams'] as const)
    expect(await isNotServed(empty, RESOURCES[kind], signal)).toBe(true);
});
