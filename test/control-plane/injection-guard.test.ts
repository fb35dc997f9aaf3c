import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GUARDED_METADATA, GUARDED_STATUS } from '../../src/admission/guard.ts';
import { USUAL_INSTALLATION } from '../../src/admission/manifests.ts';
import { GATE } from '../../src/api/pod.ts';
import { Denied, Invalid } from '../../src/errors.ts';
import { findAccess } from '../../src/kube/access.ts';
import type { KubeApi, KubeObject } from '../../src/kube/api.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { Transport } from '../../src/kube/transport.ts';
import { until } from '../../src/local/until.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { manifestsOf } from '../injection/ways.ts';
import { describeOnControlPlane } from './fixture.ts';

const { namespace, serviceAccount } = USUAL_INSTALLATION;
const USER = `system:serviceaccount:${namespace}:${serviceAccount}`;
const POD = { namespace: 'default', name: 'pod' };
const WAITING = { name: 'app', image: 'x', imageID: '', ready: true, restartCount: 0 };
const NOW = '2026-01-01T00:00:00Z';

/** A value of each guarded field that the API server stores when somebody else writes it. */
const VALUES: Record<(typeof GUARDED_STATUS)[number], unknown> = {
  allocatedResources: { cpu: '1' },
  containerStatuses: [WAITING],
  ephemeralContainerStatuses: [{ ...WAITING, name: 'debug' }],
  extendedResourceClaimStatus: {
    resourceClaimName: 'claim',
    requestMappings: [{ containerName: 'app', requestName: 'r', resourceName: 'example.test/gpu' }],
  },
  hostIP: '10.0.0.1',
  hostIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
  initContainerStatuses: [{ ...WAITING, name: 'setup' }],
  message: 'changed',
  nodeAllocatableResourceClaimStatuses: [
    { resourceClaimName: 'claim-1', containers: ['app'], resources: { cpu: '1' } },
  ],
  nominatedNodeName: 'node-1',
  observedGeneration: 7,
  phase: 'Running',
  podIP: '10.0.0.2',
  podIPs: [{ ip: '10.0.0.2' }, { ip: 'fd00::2' }],
  qosClass: 'Guaranteed',
  reason: 'Changed',
  resize: 'Proposed',
  resourceClaimStatuses: [{ name: 'claim', resourceClaimName: 'claim-1' }],
  resources: { requests: { cpu: '1' } },
  startTime: NOW,
};

/** What has to be there before, so that the field alone is changed. */
const BEFORE: Partial<Record<(typeof GUARDED_STATUS)[number], object>> = {
  hostIPs: { hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.1' }] },
  nodeAllocatableResourceClaimStatuses: { resourceClaimStatuses: [{ name: 'claim', resourceClaimName: 'claim-1' }] },
  podIPs: { podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.2' }] },
};

/** The API server lets nobody change it. */
const IMMUTABLE = ['qosClass'];
const GUARDED = GUARDED_STATUS.filter((field) => !IMMUTABLE.includes(field));

const GPU = { resources: { requests: { 'example.test/gpu': '1' }, limits: { 'example.test/gpu': '1' } } };

describeOnControlPlane(
  'the guard on our own right to write pods/status',
  (fixture) => {
    let operator: KubeApi;

    beforeAll(async () => {
      const { kubectl, controlPlane } = fixture();
      const access = await findAccess({ kubeconfig: controlPlane.kubeconfig, env: {}, clock: realClock });
      const headers = async (fresh?: boolean) => ({
        ...(await access.headers(fresh ?? false)),
        'impersonate-user': USER,
        'impersonate-group': 'system:masters',
      });
      operator = kubeClient({
        transport: new Transport({ ...access, headers }, { clock: realClock }),
        clock: realClock,
      });
      await kubectl.apply(...manifestsOf('guard.yaml'));
      await fresh();
      // Each try writes something else: what is there already is no change, and refused to nobody.
      let tries = 0;
      await until('the guard is in force', () =>
        write(operator, { message: `try ${tries++}` }).then(
          () => false,
          () => true,
        ),
      );
    });
    beforeEach(fresh);

    /** The pod as it was made, with the conditions that a kubelet has written. */
    async function fresh(): Promise<void> {
      const { api } = fixture();
      await api.delete(RESOURCES.pod, { ...POD, graceSeconds: 0 }).catch(() => undefined);
      const spec = {
        // Bound to a node it would belong to a kubelet.
        schedulingGates: [{ name: 'example.test/held' }],
        containers: [{ name: 'app', image: 'x', ...GPU }],
        initContainers: [{ name: 'setup', image: 'x' }],
        resourceClaims: [{ name: 'claim', resourceClaimTemplateName: 'template' }],
      };
      await api.create(RESOURCES.pod, { metadata: { ...POD, labels: { app: 'web' } }, spec });
      await write(api, { conditions: [condition('Ready', 'False'), condition('example.test/warm', 'True')] });
    }

    const condition = (type: string, status: string) => ({ type, status, lastTransitionTime: NOW });

    const write = (api: KubeApi, status: object): Promise<KubeObject> =>
      api.patch(RESOURCES.pod, POD, { type: 'merge', subresource: 'status', body: { status } });

    const refusal = (promise: Promise<unknown>): Promise<unknown> =>
      promise.then(
        () => 'it was written',
        (error: unknown) => ([Denied, Invalid].some((kind) => error instanceof kind) ? String(error) : error),
      );

    const statusOf = async (): Promise<Record<string, unknown>> =>
      (await fixture().api.get(RESOURCES.pod, POD))?.status as Record<string, unknown>;

    test('every field of the status that this API server knows is guarded', async () => {
      const explained = await fixture().kubectl('explain', 'pod.status');
      const fields = [...explained.matchAll(/^ {2}(\w+)\t</gm)].map(([, field]) => field as string);
      expect(fields.filter((field) => field !== 'conditions').toSorted()).toEqual(GUARDED_STATUS.toSorted());
    });

    describe.each(GUARDED)('%s', (field) => {
      test('may not be written by us', async () => {
        await write(fixture().api, BEFORE[field] ?? {});
        expect(await refusal(write(operator, { [field]: VALUES[field] }))).toContain(
          'no status field other than conditions may be changed',
        );
      });
    });

    test('without the guard each of them can be written', async () => {
      const refused: string[] = [];
      for (const field of GUARDED) {
        await fresh();
        await write(fixture().api, BEFORE[field] ?? {});
        const before = JSON.stringify((await statusOf())[field]);
        const answer = await refusal(write(fixture().api, { [field]: VALUES[field] }));
        if (JSON.stringify((await statusOf())[field]) === before) refused.push(`${field}: ${String(answer)}`);
      }
      expect(refused).toEqual([]);
    });

    test.each(GUARDED_METADATA)('%s may not be written through the status', async (field) => {
      const value = field === 'finalizers' ? ['example.test/held'] : { 'example.test/changed': 'yes' };
      const patch = { type: 'merge', subresource: 'status', body: { metadata: { [field]: value } } } as const;
      expect(await refusal(operator.patch(RESOURCES.pod, POD, patch))).toContain('may not be changed');
    });

    test.each([
      ['Ready', [condition('Ready', 'True'), condition('example.test/warm', 'True')]],
      ['a foreign condition', [condition('Ready', 'False'), condition('example.test/warm', 'False')]],
      [
        'a new foreign condition',
        [condition('Ready', 'False'), condition('example.test/warm', 'True'), condition('DisruptionTarget', 'True')],
      ],
      ['the list without theirs', [condition(GATE, 'True')]],
    ])('%s may not be changed', async (_, conditions) => {
      expect(await refusal(write(operator, { conditions }))).toContain('only conditions with the prefix podwire.dev/');
    });

    test('our own condition may be applied, changed and taken back', async () => {
      const apply = (...conditions: object[]) =>
        operator.patch(RESOURCES.pod, POD, {
          type: 'apply',
          subresource: 'status',
          fieldManager: 'podwire',
          body: { metadata: { name: POD.name }, status: { conditions } },
        });
      const gate = async () =>
        ((await statusOf()).conditions as { type: string; status: string }[]).find(({ type }) => type === GATE)?.status;
      await apply(condition(GATE, 'False'));
      expect(await gate()).toBe('False');
      await apply(condition(GATE, 'True'));
      expect(await gate()).toBe('True');
      await apply();
      expect(await gate()).toBeUndefined();
    });

    test('everybody else is left alone', async () => {
      await write(fixture().api, { phase: 'Running' });
      expect((await statusOf()).phase).toBe('Running');
    });
  },
  { apiServerFlags: ['--feature-gates=DRANodeAllocatableResources=true'] },
);
