import { expect, test } from 'vitest';
import { DRAIN_LINES, DRAIN_SINCE } from '../../src/api/pod.ts';
import { explainPodNow as explain } from '../../src/cli/explain/pod.ts';
import type { TargetGroupObject } from '../../src/cluster/objects.ts';
import { type DrainDeps, reconcileDrain } from '../../src/controllers/drain.ts';
import { Invalid } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { DRAIN_BUDGET } from '../model/drain/samples.ts';
import { meta, service, spec } from '../model/samples.ts';
import { describeOnControlPlane } from './fixture.ts';

const NAMESPACE = 'drained';
const KEY = { namespace: NAMESPACE, name: DRAIN_LINES };
const LINE = 'v1;45;true;preserve;app=web';

describeOnControlPlane('drain lines on a real API server', (fixture) => {
  let groups: TargetGroupObject[] = [];
  const reconcile = (): Promise<unknown> => reconcileDrain(NAMESPACE, deps());
  const current = (): Promise<KubeObject | undefined> => fixture().api.get(RESOURCES.configMap, KEY);
  const data = async (): Promise<unknown> => (await current())?.['data'];

  const deps = (): DrainDeps => ({
    controllerId: '',
    cluster: {
      targetGroupsOfNamespace: () => groups,
      service: (_, name) => service({ ...meta(name, { namespace: NAMESPACE }), selector: { app: name } }),
      isEnding: () => false,
    },
    kube: fixture().api,
    clock: realClock,
    writeEvent: () => undefined,
    lines: new Map(),
    onLines: () => undefined,
  });

  const groupOf = (name: string): TargetGroupObject => ({
    ...meta(name, { namespace: NAMESPACE }),
    spec: spec({ service: { name, port: { number: 80 } }, drain: DRAIN_BUDGET }),
    status: {},
  });

  test('are made, put right and removed', async () => {
    await fixture().api.create(RESOURCES.namespace, { metadata: { name: NAMESPACE } });
    groups = [groupOf('web'), groupOf('api')];
    await reconcile();
    expect(await data()).toEqual({ web: LINE, api: LINE.replace('web', 'api') });
    const since = (await current())?.metadata.annotations?.[DRAIN_SINCE];
    const unchanged = (await current())?.metadata.resourceVersion;
    await reconcile();
    expect((await current())?.metadata.resourceVersion).toBe(unchanged);

    const changed = { web: 'v1;1;false;off;app=web', other: 'v1;9;true;preserve;', note: 'hands off' };
    await fixture().api.patch(RESOURCES.configMap, KEY, { type: 'merge', body: { data: changed } });
    await reconcile();
    expect(await data()).toEqual({ web: LINE, api: LINE.replace('web', 'api'), note: 'hands off' });

    groups = [groupOf('web')];
    await reconcile();
    expect(await data()).toEqual({ web: LINE, note: 'hands off' });
    expect((await current())?.metadata.annotations?.[DRAIN_SINCE]).not.toBe(since);

    await fixture().api.patch(RESOURCES.configMap, KEY, {
      type: 'merge',
      body: { data: { web: 'x' }, immutable: true },
    });
    await reconcile();
    expect(await data()).toEqual({ web: LINE });

    groups = [];
    await reconcile();
    expect(await current()).toBeUndefined();
  });

  test('of a namespace that is not there are no reason to fail for ever', async () => {
    groups = [];
    await expect(reconcileDrain('nowhere', deps())).resolves.toBeUndefined();
  });

  test('a cluster without our kinds is explained, and a pod that is not there is told', async () => {
    const { api } = fixture();
    const pod = {
      metadata: { name: 'web-1', namespace: 'default', labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'web' }] },
    };
    await api.create(RESOURCES.pod, pod);
    const explanation = await explain(api, { namespace: 'default', name: 'web-1' });
    expect(explanation.verdict).toBe('is no target: no Service of its namespace selects it');
    const unknown = explain(api, { namespace: 'default', name: 'web-2' });
    await expect(unknown).rejects.toThrow(Invalid);
    await expect(unknown).rejects.toThrow('did you mean pod/web-1?');
  });
});
