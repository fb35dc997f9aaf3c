import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CONTROL_PLANE_TOOLS, HELM_TOOLS } from '../../scripts/tool-cache.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { isReady, KINDS, type Pod } from '../../src/local/cluster/objects.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { until } from '../../src/local/until.ts';
import { addressOf, podsOf, targetsOf } from '../../src/local/world.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { HelmFailed } from '../chart/helm.ts';
import { describeWith } from '../tools.ts';
import { CHART, openReleaseWorld, OWN_NAMESPACE, type ReleaseWorld } from './release-world.ts';

describeWith([...CONTROL_PLANE_TOOLS, ...HELM_TOOLS], 'the operator as the pods of its release', () => {
  let world: ReleaseWorld;
  let failed = false;
  beforeAll(async () => {
    world = await openReleaseWorld();
  });
  afterEach(({ task }) => void (failed ||= task.result?.state === 'fail'));
  afterAll(async () => world?.close(failed));

  const replicas = async () => {
    const labelSelector = 'app.kubernetes.io/name=podwire';
    const pods = await world.kube.list(KINDS.pod, { namespace: OWN_NAMESPACE, labelSelector });
    const running = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined) as Pod[];
    return running.map((pod) => ({ name: pod.metadata.name, ready: isReady(pod) }));
  };
  const lease = async () => {
    const found = await world.kube.get(RESOURCES.lease, { namespace: OWN_NAMESPACE, name: 'podwire' });
    const { holderIdentity = '', leaseDurationSeconds = 0 } = (found?.['spec'] ?? {}) as Record<string, never>;
    // The identity is the name of the pod, and what tells two lives of it apart.
    return { holder: (holderIdentity as string).split('_')[0] ?? '', durationMs: leaseDurationSeconds * 1_000 };
  };
  const leader = () => until('a leader', async () => (await lease()).holder);
  const scaled = async (count: number) => {
    await world.kubectl('scale', '-n', 'shop', 'deployment/web', `--replicas=${count}`);
    await until(`${count} targets`, async () => {
      const healthy = [...(await targetsOf(world)).values()].flat().filter(({ state }) => state === 'healthy');
      return healthy.length === count;
    });
  };
  const refusal = (running: Promise<string>): Promise<string> =>
    running.then(
      (output) => `it went through: ${output}`,
      (error: unknown) => (error instanceof HelmFailed ? error.message : Promise.reject(error as Error)),
    );

  test('H16: installed with --wait, two pods of it become ready', async () => {
    await world.helm('helm3', 'install', 'podwire', CHART, ...world.values, '--wait', '--timeout', '110s');
    const running = await replicas();
    expect(running.map(({ ready }) => ready)).toEqual([true, true]);
    expect(running.map(({ name }) => name)).toContain(await leader());
  });

  test('the Ingress of the example gets its address, and its pods become targets', async () => {
    await world.kubectl('apply', '-f', shippedFile('examples', 'shop'));
    expect(await addressOf(world, 'shop', 'shop')).toMatch(/^pw-shop-shop-.*\.localhost$/);
    await scaled(3);
  });

  test('R8: when the pod of the leader is deleted the other one takes over, and acts', async () => {
    const before = await leader();
    const began = realClock.monotonic();
    await world.kubectl('delete', 'pod', '-n', OWN_NAMESPACE, before, '--wait=false');
    await until('another leader', async () => ![before, ''].includes((await lease()).holder));
    console.log(`another one held the lease ${Math.round(realClock.monotonic() - began)} ms after its pod was deleted`);
    await scaled(4);
    await until('two ready pods', async () => (await replicas()).filter(({ ready }) => ready).length === 2);
  });

  test('H6: an upgrade replaces both pods, and nobody leads for no longer than a lease lasts', async () => {
    const before = (await replicas()).map(({ name }) => name);
    const watched = watchLease();
    await world.helm('helm4', 'upgrade', 'podwire', CHART, ...world.values, '--set', 'config.logLevel=debug', '--wait');
    const { longestMs, durationMs } = await watched.stop();
    console.log(`nobody led for ${longestMs} ms at the longest`);
    expect(longestMs).toBeLessThanOrEqual(durationMs);
    const now = (await replicas()).map(({ name }) => name);
    expect(now).toHaveLength(2);
    expect(now.filter((name) => before.includes(name))).toEqual([]);
    await scaled(3);
  });

  test.each(['helm3', 'helm4'] as const)(
    'H11: %s test runs doctor as a pod, which finds nothing wrong',
    async (helm) => {
      const told = await world.helm(helm, 'test', 'podwire', '--timeout', '100s');
      expect(told).toMatch(/Phase:\s+Succeeded/);
    },
  );

  test('H19: it is not uninstalled while it manages a load balancer', async () => {
    const told = await refusal(world.helm('helm4', 'uninstall', 'podwire', '--timeout', '100s'));
    expect(told).toContain('managed: LoadBalancer ingress.shop.shop');
    expect(told).toContain('refused, and nothing was changed');
    expect(await replicas()).toHaveLength(2);
  });

  test('H19: what was refused is brought back by a rollback, and can be upgraded again', async () => {
    const upgrade = () => world.helm('helm4', 'upgrade', 'podwire', CHART, '--reuse-values', '--timeout', '100s');
    expect(await refusal(upgrade())).toContain('has no deployed releases');
    const history = JSON.parse(await world.helm('helm4', 'history', 'podwire', '-o', 'json')) as { revision: number }[];
    await world.helm('helm4', 'rollback', 'podwire', `${history.at(-1)?.revision}`, '--timeout', '100s');
    expect(await upgrade()).toContain('has been upgraded');
    expect(await replicas()).toHaveLength(2);
  });

  test('H19: uninstalled once nothing is managed, and what it protected can be rolled out without it', async () => {
    await world.kubectl('delete', 'ingress', '-n', 'shop', 'shop');
    await world.helm('helm3', 'uninstall', 'podwire', '--timeout', '100s');
    await until('the pods of the operator are gone', async () => (await replicas()).length === 0);
    await world.kubectl('rollout', 'restart', '-n', 'shop', 'deployment/web');
    await world.kubectl('rollout', 'status', '-n', 'shop', 'deployment/web', '--timeout=50s');
  });

  /** Looks, until stopped, for how long the lease was held by no pod that there is. */
  function watchLease(): { stop: () => Promise<{ longestMs: number; durationMs: number }> } {
    let running = true;
    let longestMs = 0;
    let durationMs = 0;
    const loop = (async () => {
      let led = realClock.monotonic();
      while (running) {
        const [{ holder, durationMs: lasts }, pods] = [await lease(), await podsOf(world, OWN_NAMESPACE)];
        durationMs = lasts;
        if (pods.some(({ name }) => name === holder)) led = realClock.monotonic();
        longestMs = Math.max(longestMs, Math.round(realClock.monotonic() - led));
        await realClock.sleep(100);
      }
    })();
    return {
      stop: async () => {
        running = false;
        await loop;
        return { longestMs, durationMs };
      },
    };
  }
});
