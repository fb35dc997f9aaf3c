import { beforeEach, describe, expect, test } from 'vitest';
import { DRAIN_LINES } from '../../src/api/pod.ts';
import type { TargetGroupObject } from '../../src/cluster/objects.ts';
import { type DrainDeps, reconcileDrain } from '../../src/controllers/drain.ts';
import { Denied } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { createCluster } from '../../src/local/cluster/api/cluster.ts';
import { localKubeApi } from '../../src/local/cluster/api/kube-api.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { DRAIN_BUDGET } from '../model/drain/samples.ts';
import { meta, service, spec } from '../model/samples.ts';

const KEY = { namespace: 'shop', name: DRAIN_LINES };

const groupOf = (name: string): TargetGroupObject => ({
  ...meta(`group-${name}`),
  spec: spec({ service: { name, port: { number: 80 } }, drain: DRAIN_BUDGET }),
  status: {},
});

describe('the lane of drain lines', () => {
  const clock = new VirtualClock();
  let kube: KubeApi;
  let groups: string[];
  let events: string[];
  let woken: string[];
  let ending: boolean;
  let lines: DrainDeps['lines'];

  beforeEach(async () => {
    kube = localKubeApi(createCluster({ clock }));
    await kube.create(RESOURCES.namespace, { metadata: { name: 'shop' } });
    [groups, events, woken, ending, lines] = [['web'], [], [], false, new Map()];
  });

  const deps = (more: Partial<KubeApi> = {}): DrainDeps => ({
    controllerId: '',
    cluster: {
      targetGroupsOfNamespace: () => groups.map(groupOf),
      service: (_, name) => service({ ...meta(name), selector: { app: name } }),
      isEnding: () => ending,
    },
    kube: { ...kube, ...more },
    clock,
    writeEvent: ({ kind, name }, { reason, message }) => void events.push(`${kind} ${name} ${reason}: ${message}`),
    lines,
    onLines: (namespace) => void woken.push(namespace),
  });

  const data = async (): Promise<Record<string, string> | undefined> =>
    (await kube.get(RESOURCES.configMap, KEY))?.['data'] as Record<string, string> | undefined;

  test('wakes the target groups of the namespace where the lines have changed, and only there', async () => {
    await reconcileDrain('shop', deps());
    await reconcileDrain('shop', deps());
    expect(woken).toEqual(['shop']);
    groups = [];
    await reconcileDrain('shop', deps());
    expect(woken).toEqual(['shop', 'shop']);
    expect(lines.size).toBe(0);
  });

  test('warns above 200 lines, and writes them all', async () => {
    groups = Array.from({ length: 200 }, (_, at) => `web-${at}`);
    await reconcileDrain('shop', deps());
    expect(events).toEqual([]);
    groups.push('one-more');
    await reconcileDrain('shop', deps());
    expect(Object.keys((await data()) ?? {})).toHaveLength(201);
    expect(events).toEqual([
      expect.stringMatching(/^ConfigMap podwire-drain TooManyDrainLines: wanted at most 200 .*given 201$/),
    ]);
  });

  test('says which right is missing, fails, and goes on when it is there', async () => {
    const patch = (): Promise<never> => Promise.reject(new Denied('patch configmaps', 'forbidden'));
    await expect(reconcileDrain('shop', deps({ patch }))).rejects.toThrow('forbidden');
    const message = 'ConfigMap shop/podwire-drain: wanted the right to patch configmaps; forbidden';
    expect(lines.get('shop')?.get('web')).toEqual({ problem: { reason: 'AccessDenied', message } });
    await reconcileDrain('shop', deps());
    expect(await data()).toEqual({ web: 'v1;45;true;preserve;app=web' });
    expect(woken).toEqual(['shop', 'shop']);
  });

  test('makes nothing in a namespace that is being deleted', async () => {
    ending = true;
    await reconcileDrain('shop', deps());
    expect(await data()).toBeUndefined();
  });
});
