import { until } from '../../src/local/until.ts';
import type { Case, Surroundings } from './case.ts';
import type { Body } from './http.ts';
import { deployment, paths, service, template } from './objects.ts';

const MERGE = { type: 'application/merge-patch+json' };

/** How long a controller may take to tell what it has done. */
const EVENTS_MS = 5_000;

type Look = () => Promise<Body[]>;

const lister =
  ({ http }: Surroundings, path: string): Look =>
  async () =>
    (await http.send('GET', path)).body.items as Body[];

async function ready(at: Surroundings, replicas: number, name = 'web'): Promise<Body> {
  return until(`${replicas} ready`, async () => {
    const { body } = await at.http.send('GET', `${paths(at.namespace).deployments}/${name}`);
    const { status, metadata } = body;
    const settled = status?.observedGeneration === metadata.generation && (status?.replicas ?? 0) === replicas;
    return (
      settled && (status?.availableReplicas ?? 0) === replicas && (status?.updatedReplicas ?? 0) === replicas && body
    );
  });
}

/** Every state that a Service's endpoints are seen in, by pod in the order of their coming. */
async function endpointStates(at: Surroundings, during: () => Promise<void>): Promise<string[][]> {
  const { slices } = paths(at.namespace);
  const states = new Map<string, string[]>();
  const bySlice = new Map<string, Body[]>(); // slice -> its endpoints
  const note = ({ metadata, endpoints }: Body): void => {
    bySlice.set(metadata.name, endpoints ?? []);
    const all = [...bySlice.values()].flat();
    const now = new Map(all.map((endpoint) => [endpoint.targetRef.uid as string, stateOf(endpoint.conditions)]));
    for (const uid of [...states.keys(), ...now.keys()]) {
      const state = now.get(uid) ?? 'gone';
      const seen = states.get(uid) ?? [];
      if (seen.at(-1) !== state) states.set(uid, [...seen, state]);
    }
  };
  const listed = (await at.http.send('GET', slices)).body;
  for (const item of listed.items) note(item);
  const version = listed.metadata.resourceVersion;
  let ended = false;
  const path = `${slices}?watch=true&timeoutSeconds=120&resourceVersion=${version}`;
  const watched = at.http.watch(path, () => ended);
  await during();
  ended = true;
  // One more change ends the watch.
  await at.http.send('POST', slices, { metadata: { name: 'end' }, addressType: 'IPv4', endpoints: [] });
  for (const { type, object } of await watched) note(type === 'DELETED' ? { ...object, endpoints: [] } : object);
  return [...states.values()];
}

const stateOf = (conditions: Body): string =>
  ['ready', 'serving', 'terminating'].filter((name) => conditions[name]).join(' ') || 'not ready';

/** Deployments, ReplicaSets and EndpointSlices as they follow pods that run. */
export const WORKLOADS: Case[] = [
  {
    name: 'a Deployment that is ready says so in every place',
    async observe(at) {
      await at.http.send('POST', paths(at.namespace).deployments, deployment('web', { replicas: 2 }));
      const { status, metadata } = await ready(at, 2);
      const [set] = await lister(at, paths(at.namespace).replicaSets)();
      const conditions = status.conditions
        .map(({ type, status: is, reason }: Body) => `${type} ${is} ${reason}`)
        .toSorted();
      const { conditions: _, ...counts } = status;
      const { observedGeneration, ...ofSet } = set?.status ?? {};
      return {
        conditions,
        counts,
        revision: metadata.annotations,
        ofSet,
        observedGeneration,
        annotations: set?.metadata.annotations,
      };
    },
    expected: {
      conditions: ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'],
      counts: {
        observedGeneration: 1,
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 2,
        availableReplicas: 2,
        terminatingReplicas: 0,
      },
      revision: { 'deployment.kubernetes.io/revision': '1' },
      ofSet: { replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2, terminatingReplicas: 0 },
      observedGeneration: 1,
      annotations: {
        'deployment.kubernetes.io/desired-replicas': '2',
        'deployment.kubernetes.io/max-replicas': '3',
        'deployment.kubernetes.io/revision': '1',
      },
    },
  },
  {
    name: 'pods carry owner, hash and zone',
    async observe(at) {
      await at.http.send('POST', paths(at.namespace).deployments, deployment('web'));
      await ready(at, 1);
      const [pod] = await lister(at, paths(at.namespace).pods)();
      const [set] = await lister(at, paths(at.namespace).replicaSets)();
      const { labels, ownerReferences } = pod?.metadata ?? {};
      const [{ uid, name, ...owner }] = ownerReferences;
      const hash = labels['pod-template-hash'];
      return [
        owner,
        uid === set?.metadata.uid,
        name === `web-${hash}`,
        Object.keys(labels).toSorted(),
        pod?.metadata.name.startsWith(`${name}-`),
      ];
    },
    expected: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', controller: true, blockOwnerDeletion: true },
      true,
      true,
      ['app', 'pod-template-hash', 'topology.kubernetes.io/region', 'topology.kubernetes.io/zone'],
      true,
    ],
  },
  {
    name: 'an EndpointSlice names the pods, their nodes and zones',
    async observe(at) {
      const ports = [{ name: 'http', port: 80, targetPort: 'http' }];
      await at.http.send('POST', paths(at.namespace).services, service('web', { ports }));
      await at.http.send('POST', paths(at.namespace).deployments, deployment('web'));
      await ready(at, 1);
      const slice = await until('an endpoint', async () => {
        const found = await lister(at, paths(at.namespace).slices)();
        return found.find(({ endpoints }) => endpoints?.[0]?.conditions.ready);
      });
      const { metadata, addressType, ports: of, endpoints } = slice;
      const [{ addresses, nodeName, zone, targetRef, conditions }] = endpoints;
      const { uid, name, ...target } = targetRef;
      const { annotations: _, ...owner } = metadata.ownerReferences[0];
      const kinds = [typeof addresses[0], typeof nodeName, typeof zone, typeof uid, typeof name];
      return {
        addressType,
        of,
        kinds,
        conditions,
        target: { ...target, namespace: '' },
        labels: metadata.labels,
        owner: { ...owner, uid: '' },
      };
    },
    expected: {
      addressType: 'IPv4',
      of: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      kinds: ['string', 'string', 'string', 'string', 'string'],
      conditions: { ready: true, serving: true, terminating: false },
      target: { kind: 'Pod', namespace: '' },
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': 'web',
      },
      owner: { apiVersion: 'v1', kind: 'Service', name: 'web', uid: '', controller: true, blockOwnerDeletion: true },
    },
  },
  {
    name: 'the states of an endpoint through the life of its pod',
    async observe(at) {
      const lifecycle = { preStop: { sleep: { seconds: 1 } } };
      await at.http.send('POST', paths(at.namespace).services, service('web'));
      await until('the slice', async () => (await lister(at, paths(at.namespace).slices)()).length > 0);
      const [states] = await endpointStates(at, async () => {
        const env = [{ name: 'START_DELAY_MS', value: '1500' }];
        await at.http.send(
          'POST',
          paths(at.namespace).deployments,
          deployment('web', { template: template('web', { lifecycle, env }) }),
        );
        await ready(at, 1);
        await at.http.send('PATCH', `${paths(at.namespace).deployments}/web`, { spec: { replicas: 0 } }, MERGE);
        await until('gone', async () => {
          const slices = await lister(at, paths(at.namespace).slices)();
          return slices.every(({ endpoints }) => (endpoints ?? []).length === 0);
        });
      });
      // Between the end of the app and that of the pod there may be too little time for one more state.
      return states?.filter((state) => state !== 'terminating');
    },
    expected: ['not ready', 'ready serving', 'serving terminating', 'gone'],
  },
  {
    name: 'publishNotReadyAddresses: ready at once, serving only when it is',
    async observe(at) {
      await at.http.send('POST', paths(at.namespace).services, service('web', { publishNotReadyAddresses: true }));
      const env = [{ name: 'READY', value: 'false' }];
      await at.http.send(
        'POST',
        paths(at.namespace).deployments,
        deployment('web', { template: template('web', { env }) }),
      );
      return until('an endpoint', async () => {
        const [slice] = await lister(at, paths(at.namespace).slices)();
        return slice?.endpoints?.[0]?.conditions;
      });
    },
    expected: { ready: true, serving: false, terminating: false },
  },
  {
    name: 'an endpoint without a Service that selects it: only the slices of those that do',
    async observe(at) {
      await at.http.send('POST', paths(at.namespace).services, service('web', { selector: { app: 'nobody' } }));
      await at.http.send('POST', paths(at.namespace).services, service('by-hand', { selector: undefined }));
      const slices = await until('a slice', async () => {
        const found = await lister(at, paths(at.namespace).slices)();
        return found.length > 0 && found;
      });
      return slices.map(({ metadata, endpoints, ports }) => [
        metadata.labels['kubernetes.io/service-name'],
        endpoints ?? [],
        ports ?? [],
      ]);
    },
    expected: [['web', [], []]],
  },
  {
    name: 'a rolling update never has fewer available nor more in all than allowed',
    async observe(at) {
      const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
      await at.http.send('POST', paths(at.namespace).deployments, deployment('web', { replicas: 3, strategy }));
      const { metadata } = await ready(at, 3);
      const from = `${paths(at.namespace).deployments}?watch=true&timeoutSeconds=9&resourceVersion=${metadata.resourceVersion}`;
      const done = ({ status, metadata: { generation } }: Body) =>
        generation === 2 && status.observedGeneration === 2 && status.updatedReplicas === 3 && status.replicas === 3;
      const watched = at.http.watch(from, (events) => done(events.at(-1)?.object));
      const changed = { spec: { template: template('web', { image: 'other' }) } };
      await at.http.send('PATCH', `${paths(at.namespace).deployments}/web`, changed, MERGE);
      const statuses = (await watched).map(({ object }) => object.status);
      const most = Math.max(...statuses.map(({ replicas }) => replicas));
      const fewest = Math.min(...statuses.map(({ availableReplicas }) => availableReplicas ?? 0));
      // Of the new ReplicaSet a status may be written before it has its first pod.
      const updated = [...new Set(statuses.flatMap(({ updatedReplicas }) => updatedReplicas ?? []))];
      return { most, fewest, updated };
    },
    expected: { most: 4, fewest: 3, updated: [3, 1, 2] },
  },
  {
    name: 'scaled in the middle of a rollout, old and new keep their proportion',
    async observe(at) {
      const { deployments, replicaSets } = paths(at.namespace);
      const strategy = { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } };
      await at.http.send('POST', deployments, deployment('web', { replicas: 4, strategy }));
      await ready(at, 4);
      const broken = template('web', { env: [{ name: 'READY', value: 'false' }] });
      await at.http.send('PATCH', `${deployments}/web`, { spec: { template: broken } }, MERGE);
      const sizes = async () => (await lister(at, replicaSets)()).map(({ spec }) => spec.replicas as number).toSorted();
      const become = (...wanted: number[]) =>
        until(`sizes ${wanted.join(' and ')}`, async () => String(await sizes()) === String(wanted));
      await become(2, 4);
      const seen = [];
      for (const replicas of [8, 3]) {
        await at.http.send('PATCH', `${deployments}/web`, { spec: { replicas } }, MERGE);
        await until('observed', async () => {
          const { status, metadata } = (await at.http.send('GET', `${deployments}/web`)).body;
          return status.observedGeneration === metadata.generation;
        });
        seen.push(await sizes());
      }
      return seen;
    },
    expected: [
      [3, 7],
      [2, 3],
    ],
  },
  {
    name: 'what a Deployment does is told in Events',
    async observe(at) {
      await at.http.send('POST', paths(at.namespace).deployments, deployment('web'));
      await ready(at, 1);
      const list = lister(at, `/api/v1/namespaces/${at.namespace}/events`);
      // They are written beside the work, and may come after it; some servers write none.
      const told = async () => (await list()).some(({ involvedObject }) => involvedObject.kind === 'ReplicaSet');
      await until('an Event of the ReplicaSet', told, EVENTS_MS).catch(() => undefined);
      const events = await list();
      return [...new Set(events.map(({ reason, involvedObject }) => `${involvedObject.kind} ${reason}`))].toSorted();
    },
    expected: ['Deployment ScalingReplicaSet', 'ReplicaSet SuccessfulCreate'],
  },
  {
    name: 'scaled down, the pod that is not ready goes first',
    async observe(at) {
      await at.http.send('POST', paths(at.namespace).deployments, deployment('web', { replicas: 2 }));
      await ready(at, 2);
      const { pods, deployments } = paths(at.namespace);
      const [victim, other] = (await lister(at, pods)()).toSorted((a, b) =>
        a.metadata.name < b.metadata.name ? -1 : 1,
      );
      const name = (pod: Body | undefined) => pod?.metadata.name as string;
      await at.http.send(
        'PATCH',
        `${pods}/${name(victim)}`,
        { metadata: { annotations: { 'local.podwire.dev/ready': 'false' } } },
        MERGE,
      );
      await until(
        'not ready',
        async () => (await at.http.send('GET', `${deployments}/web`)).body.status.readyReplicas === 1,
      );
      await at.http.send('PATCH', `${deployments}/web`, { spec: { replicas: 1 } }, MERGE);
      const left = await until('one left', async () => {
        const found = await lister(at, pods)();
        return found.length === 1 && found;
      });
      return name(left[0]) === name(other);
    },
    expected: true,
  },
  {
    name: 'deleting a Deployment deletes what it owns, orphaning keeps it',
    async observe(at) {
      const { deployments, replicaSets, pods } = paths(at.namespace);
      for (const name of ['web', 'kept']) await at.http.send('POST', deployments, deployment(name));
      for (const name of ['web', 'kept']) await ready(at, 1, name);
      await at.http.send('DELETE', `${deployments}/kept`, { propagationPolicy: 'Orphan' });
      await at.http.send('DELETE', `${deployments}/web`);
      const left = await until('one pod', async () => {
        const found = await lister(at, pods)();
        return found.length === 1 && found;
      });
      const sets = await lister(at, replicaSets)();
      return [
        left.map(({ metadata }) => metadata.labels.app),
        sets.map(({ metadata }) => metadata.ownerReferences ?? []),
      ];
    },
    expected: [['kept'], [[]]],
  },
  {
    name: 'a readiness gate keeps a pod out until it is True',
    async observe(at) {
      const gated = template('web');
      const readinessGates = [{ conditionType: 'example.dev/gate' }];
      await at.http.send('POST', paths(at.namespace).services, service('web'));
      const spec = { ...gated.spec, readinessGates };
      await at.http.send('POST', paths(at.namespace).deployments, deployment('web', { template: { ...gated, spec } }));
      const conditions = async () => {
        const [pod] = await lister(at, paths(at.namespace).pods)();
        const found = (type: string) => pod?.status.conditions?.find((one: Body) => one.type === type);
        return { name: pod?.metadata.name, containers: found('ContainersReady')?.status, ready: found('Ready') };
      };
      const closed = await until('containers ready', async () => {
        const found = await conditions();
        return found.containers === 'True' && found;
      });
      const body = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: closed.name },
        status: { conditions: [{ type: 'example.dev/gate', status: 'True' }] },
      };
      const path = `${paths(at.namespace).pods}/${closed.name}/status?fieldManager=gatekeeper`;
      await at.http.send('PATCH', path, body, { type: 'application/apply-patch+yaml' });
      await until('ready', async () => (await conditions()).ready?.status === 'True');
      return [closed.ready.status, closed.ready.reason];
    },
    expected: ['False', 'ReadinessGatesNotReady'],
  },
];
