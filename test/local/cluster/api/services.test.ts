import { expect, test } from 'vitest';
import { type Body, CORE, type Requests, startRequests } from './requests.ts';

const service = (name: string, spec: object) => ({ metadata: { name }, spec });
const create = async (api: Requests, name: string, spec: object): Promise<Body> =>
  (await api.post(`${CORE}/services`, service(name, spec))).body;
const port = { port: 80 };

test('a Service gets an address of its own and its target port', async () => {
  const api = await startRequests();
  const a = await create(api, 'a', { ports: [port] });
  const b = await create(api, 'b', { ports: [port] });
  expect(a.spec).toMatchObject({
    type: 'ClusterIP',
    clusterIP: expect.stringMatching(/^10\.96\./),
    ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
  });
  expect(b.spec.clusterIP).not.toBe(a.spec.clusterIP);
  expect((await create(api, 'c', { clusterIP: 'None', ports: [port] })).spec.clusterIP).toBe('None');
  const taken = await create(api, 'd', { clusterIP: a.spec.clusterIP, ports: [port] });
  expect(taken.message).toContain('provided IP is already allocated');
  expect((await api.patch(`${CORE}/services/a`, { spec: { clusterIP: '10.96.200.200' } })).body.message).toContain(
    'may not change once set',
  );
});

test('node ports are given in 30000-32767, as asked for where they are free, and kept', async () => {
  const api = await startRequests();
  const asked = await create(api, 'a', { type: 'NodePort', ports: [{ ...port, nodePort: 30_123 }] });
  expect(asked.spec.ports[0].nodePort).toBe(30_123);
  const given = await create(api, 'b', { type: 'NodePort', ports: [port] });
  expect(given.spec.ports[0].nodePort).toBeGreaterThanOrEqual(30_000);
  expect(given.spec.ports[0].nodePort).toBeLessThanOrEqual(32_767);
  expect((await create(api, 'c', { type: 'NodePort', ports: [{ ...port, nodePort: 30_123 }] })).message).toContain(
    'provided port is already allocated',
  );
  expect((await create(api, 'c', { type: 'NodePort', ports: [{ ...port, nodePort: 80 }] })).message).toContain(
    'The range of valid ports is 30000-32767',
  );
  const kept = await api.put(`${CORE}/services/b`, service('b', { type: 'NodePort', ports: [port] }));
  expect(kept.body.spec.ports[0].nodePort).toBe(given.spec.ports[0].nodePort);
});

test('a Service that stops being a NodePort gives its ports back', async () => {
  const api = await startRequests();
  await create(api, 'a', { type: 'NodePort', ports: [{ ...port, nodePort: 30_123 }] });
  const { body } = await api.patch(`${CORE}/services/a`, { spec: { type: 'ClusterIP' } });
  expect([body.spec.ports[0].nodePort, body.spec.externalTrafficPolicy]).toEqual([undefined, undefined]);
  expect(
    (await create(api, 'b', { type: 'NodePort', ports: [{ ...port, nodePort: 30_123 }] })).spec.ports[0].nodePort,
  ).toBe(30_123);
});

test('a LoadBalancer with local traffic has a health check node port', async () => {
  const api = await startRequests();
  const { spec } = await create(api, 'a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [port] });
  expect(spec.healthCheckNodePort).toBeGreaterThanOrEqual(30_000);
  expect(spec.allocateLoadBalancerNodePorts).toBe(true);
});

test('several ports need names, and a port number a range', async () => {
  const api = await startRequests();
  const unnamed = await create(api, 'a', { ports: [port, { port: 81 }] });
  expect(unnamed.details.causes.map((one: Body) => one.field)).toEqual(['spec.ports[0].name', 'spec.ports[1].name']);
  expect((await create(api, 'a', { ports: [{ port: 70_000 }] })).details.causes[0].field).toBe('spec.ports[0].port');
});
