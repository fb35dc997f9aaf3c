import { expect, test } from 'vitest';
import { type EndpointSlice, isActive, KINDS, type Pod } from '../../src/local/cluster/objects.ts';
import { loopbackOf } from '../../src/local/loopback.ts';
import { until } from '../../src/local/until.ts';
import { describeOnControlPlane } from './fixture.ts';
import { endpointHistory } from './endpoint-history.ts';
import { service, web } from './manifests.ts';

describeOnControlPlane('pods on a real control plane', (fixture) => {
  const pods = async () => ((await fixture().api.list(KINDS.pod, { namespace: 'default' })) as Pod[]).filter(isActive);
  const ask = async (address: string, port: number) => {
    const { host, port: at } = loopbackOf(address, port);
    return (await (await fetch(`http://${host}:${at}/who`)).json()) as { pod: string; version: string };
  };

  test('a Deployment of 3 becomes ready, each pod answers at its own address', async () => {
    const { kubectl } = fixture();
    await kubectl.apply(web(), service());
    expect(await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out');
    const running = await pods();
    expect(new Set(running.map(({ spec }) => spec.nodeName)).size).toBe(3);
    for (const { metadata, status } of running)
      expect(await ask(status?.podIP ?? '', 8080)).toMatchObject({ pod: metadata.name, version: 'v1' });
  });

  test('a node port answers on every node, from a pod of any node', async () => {
    const { nodes } = fixture();
    for (const { address } of nodes.nodes) {
      const answer = await until(`node port of ${address}`, () => ask(address, 30_080).catch(() => undefined));
      expect((await pods()).map(({ metadata }) => metadata.name)).toContain(answer.pod);
    }
  });

  test('a rolling update leaves each old endpoint serving while it terminates, then takes it away', async () => {
    const { api, kubectl } = fixture();
    const old = (await pods()).map(({ metadata }) => metadata.name);
    const history = endpointHistory(api, 'web');
    await kubectl('set', 'env', 'deployment/web', 'VERSION=v2');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    await until('old endpoints gone', async () => {
      const slices = (await api.list(KINDS.endpointSlice, { namespace: 'default' })) as EndpointSlice[];
      const names = slices.flatMap(({ endpoints }) => endpoints ?? []).map(({ targetRef }) => targetRef?.name ?? '');
      return !names.some((name) => old.includes(name));
    });
    const seen = await history.stop();
    // The last state, terminating and no longer serving, can be too short to be written.
    const states = (name: string) => seen.get(name)?.filter((state) => state !== 'terminating');
    for (const name of old) expect(states(name)).toEqual(['ready serving', 'serving terminating', 'gone']);
    const fresh = await pods();
    for (const { metadata } of fresh) expect(seen.get(metadata.name)?.at(-1)).toBe('ready serving');
    for (const { status } of fresh) expect(await ask(status?.podIP ?? '', 8080)).toMatchObject({ version: 'v2' });
  });

  test('the API server killed and started again: pods serve on, and what was asked meanwhile is done', async () => {
    const { controlPlane, kubectl } = fixture();
    const before = await pods();
    await controlPlane.killApiServer();
    for (const { status } of before) expect(await ask(status?.podIP ?? '', 8080)).toMatchObject({ version: 'v2' });
    await controlPlane.restartApiServer();
    await kubectl('scale', 'deployment/web', '--replicas=4');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    const names = (await pods()).map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(4);
    expect(names).toEqual(expect.arrayContaining(before.map(({ metadata }) => metadata.name)));
  });

  test('a node that loses power takes its pods down, and they start again', async () => {
    const { nodes } = fixture();
    const [victim] = await pods();
    const name = victim?.metadata.name;
    await nodes.killNode(victim?.spec.nodeName ?? '');
    const ready = async () =>
      (await pods()).find(({ metadata }) => metadata.name === name)?.status?.containerStatuses?.[0];
    await until('container not ready', async () => (await ready())?.ready === false);
    const again = await until('container ready again', async () => {
      const status = await ready();
      return status?.ready === true && status;
    });
    expect(again.restartCount).toBe(1);
  });

  test('everything goes with the Deployment', async () => {
    const { kubectl } = fixture();
    await kubectl('delete', 'deployment/web', 'service/web');
    await until('pods gone', async () => (await pods()).length === 0);
  });
});
