import type { Kubectl } from '../kubectl.ts';
import type { Case } from './case.ts';
import { configMap, deployment, ingress, service } from './objects.ts';

const columns = (text: string): string => text.split('\n')[0]?.trim().replace(/ {2,}/g, ' | ') ?? '';

/** Names of the sections a description has. */
const sections = (text: string): string[] => [...text.matchAll(/^([A-Z][A-Za-z -]*):/gm)].map(([, name]) => name ?? '');

const withoutTimes = (text: string): string => text.replace(/\s\d+[sm]\b/g, ' TIME').replace(/ {2,}/g, ' | ');

const failure = (run: Promise<string>): Promise<string> =>
  run.catch((error: Error) => error.message.split('\n').slice(1).join(' ').trim());

function inNamespace(kubectl: Kubectl | undefined, namespace: string): Kubectl {
  if (kubectl === undefined) throw new Error('this case needs kubectl');
  return Object.assign((...args: string[]) => kubectl('-n', namespace, ...args), kubectl);
}

const placed = (namespace: string, object: { metadata: object }) => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

/** What a person at a terminal sees. */
export const KUBECTL: Case[] = [
  {
    name: 'kubectl apply: created, unchanged, configured',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      const object = placed(namespace, configMap('one'));
      const outputs = [
        await run.apply(object),
        await run.apply(object),
        await run.apply({ ...object, data: { a: '2' } }),
      ];
      return [
        ...outputs.map((text) => text.trim()),
        (await run.json<{ data: object }>('get', 'configmap', 'one', '-n', namespace)).data,
      ];
    },
    expected: ['configmap/one created', 'configmap/one unchanged', 'configmap/one configured', { a: '2' }],
  },
  {
    name: 'kubectl get prints the columns of each kind',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      await run.apply(
        ...[configMap('one'), service('one'), ingress('one'), deployment('one')].map((object) =>
          placed(namespace, object),
        ),
      );
      await run('wait', 'deployment/one', '--for=condition=Available', '--timeout=30s');
      const found: Record<string, string> = {};
      for (const kind of [
        'configmaps',
        'services',
        'ingresses',
        'deployments',
        'replicasets',
        'pods',
        'endpointslices',
        'nodes',
        'namespaces',
      ])
        found[kind] = columns(await run('get', kind));
      return found;
    },
    expected: {
      configmaps: 'NAME | DATA | AGE',
      services: 'NAME | TYPE | CLUSTER-IP | EXTERNAL-IP | PORT(S) | AGE',
      ingresses: 'NAME | CLASS | HOSTS | ADDRESS | PORTS | AGE',
      deployments: 'NAME | READY | UP-TO-DATE | AVAILABLE | AGE',
      replicasets: 'NAME | DESIRED | CURRENT | READY | AGE',
      pods: 'NAME | READY | STATUS | RESTARTS | AGE',
      endpointslices: 'NAME | ADDRESSTYPE | PORTS | ENDPOINTS | AGE',
      nodes: 'NAME | STATUS | ROLES | AGE | VERSION',
      namespaces: 'NAME | STATUS | AGE',
    },
  },
  {
    name: 'kubectl get -o wide and -o name',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      await run.apply(placed(namespace, deployment('one')));
      await run('rollout', 'status', 'deployment/one', '--timeout=30s');
      const wide = await run('get', 'deployment', 'one', '-o', 'wide');
      return [withoutTimes(wide).trim().split('\n'), (await run('get', 'deployment', '-o', 'name')).trim()];
    },
    expected: [
      [
        'NAME | READY | UP-TO-DATE | AVAILABLE | AGE | CONTAINERS | IMAGES | SELECTOR',
        'one | 1/1 | 1 | 1 | TIME | web | podwire/echo | app=one',
      ],
      'deployment.apps/one',
    ],
  },
  {
    name: 'kubectl describe tells the story of a Deployment, a pod and an Ingress',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      await run.apply(placed(namespace, deployment('one')), placed(namespace, ingress('one')));
      await run('rollout', 'status', 'deployment/one', '--timeout=30s');
      const seen: Record<string, string[]> = {};
      for (const kind of ['deployment', 'pod', 'ingress']) seen[kind] = sections(await run('describe', kind));
      return seen;
    },
    expected: {
      deployment: [
        'Name',
        'Namespace',
        'CreationTimestamp',
        'Labels',
        'Annotations',
        'Selector',
        'Replicas',
        'StrategyType',
        'MinReadySeconds',
        'RollingUpdateStrategy',
        'Pod Template',
        'Conditions',
        'OldReplicaSets',
        'NewReplicaSet',
        'Events',
      ],
      pod: [
        'Name',
        'Namespace',
        'Priority',
        'Node',
        'Start Time',
        'Labels',
        'Annotations',
        'Status',
        'IP',
        'IPs',
        'Controlled By',
        'Containers',
        'Conditions',
        'Volumes',
        'QoS Class',
        'Node-Selectors',
        'Tolerations',
        'Events',
      ],
      ingress: [
        'Name',
        'Labels',
        'Namespace',
        'Address',
        'Ingress Class',
        'Default backend',
        'Rules',
        'Annotations',
        'Events',
      ],
    },
  },
  {
    name: 'kubectl rollout status, history and undo',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      const version = async () => {
        const { spec } = await run.json<{ spec: { template: { spec: { containers: { image: string }[] } } } }>(
          'get',
          'deployment',
          'one',
          '-n',
          namespace,
        );
        return spec.template.spec.containers[0]?.image;
      };
      const settled = async () =>
        (await run('rollout', 'status', 'deployment/one', '--timeout=30s')).trim().split('\n').at(-1);
      const history = async () => (await run('rollout', 'history', 'deployment/one')).match(/^\d+/gm);
      await run.apply(placed(namespace, deployment('one')));
      const first = await settled();
      await run('set', 'image', 'deployment/one', 'web=podwire/other');
      await settled();
      const second = await history();
      await run('rollout', 'undo', 'deployment/one');
      await settled();
      return [first, second, await history(), await version()];
    },
    expected: ['deployment "one" successfully rolled out', ['1', '2'], ['2', '3'], 'podwire/echo'],
  },
  {
    name: 'kubectl wait: for a condition, for a field, for deletion, and in vain',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      await run.apply(placed(namespace, deployment('one')));
      const outputs = [
        await run('wait', 'deployment/one', '--for=condition=Available', '--timeout=30s'),
        await run('wait', 'deployment/one', '--for=jsonpath={.status.readyReplicas}=1', '--timeout=30s'),
        await failure(run('wait', 'deployment/one', '--for=condition=Nothing', '--timeout=1s')),
      ];
      await run('delete', 'deployment/one', '--wait=false');
      outputs.push(await run('wait', 'pod', '-l', 'app=one', '--for=delete', '--timeout=30s').then(() => 'deleted'));
      return outputs.map((text) => text.trim());
    },
    expected: [
      'deployment.apps/one condition met',
      'deployment.apps/one condition met',
      'error: timed out waiting for the condition on deployments/one',
      'deleted',
    ],
  },
  {
    name: 'kubectl scale, patch, label and annotate',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      await run.apply(placed(namespace, deployment('one', { replicas: 0 })));
      const outputs = [
        await run('scale', 'deployment/one', '--replicas=2'),
        await run('patch', 'deployment', 'one', '-p', '{"spec":{"paused":true}}'),
        await run('label', 'deployment', 'one', 'tier=web'),
        await run('annotate', 'deployment', 'one', 'note=yes'),
      ];
      const { spec, metadata } = await run.json<{
        spec: { replicas: number; paused: boolean };
        metadata: { labels: object };
      }>('get', 'deployment', 'one', '-n', namespace);
      return [...outputs.map((text) => text.trim()), spec.replicas, spec.paused, metadata.labels];
    },
    expected: [
      'deployment.apps/one scaled',
      'deployment.apps/one patched',
      'deployment.apps/one labeled',
      'deployment.apps/one annotated',
      2,
      true,
      { tier: 'web' },
    ],
  },
  {
    name: 'kubectl explains fields and refuses unknown ones',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      const explained = await run('explain', 'ingress.spec.ingressClassName');
      const wrong = placed(namespace, { ...configMap('one'), dato: { a: '1' } } as never);
      const refused = await run.apply(wrong).catch((error: Error) => error.message);
      return [/FIELD: ingressClassName <string>/.test(explained), /unknown field "dato"/.test(refused)];
    },
    expected: [true, true],
  },
  {
    name: 'kubectl delete of a namespace takes everything in it',
    kubectl: true,
    async observe({ kubectl, namespace }) {
      const run = inNamespace(kubectl, namespace);
      const own = `${namespace}-own`;
      await run.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } });
      await run.apply(placed(own, configMap('one')), placed(own, deployment('one')));
      await run('delete', 'namespace', own, '--timeout=40s');
      return (await failure(run('get', 'namespace', own))).replace(namespace, 'NAMESPACE');
    },
    expected: 'Error from server (NotFound): namespaces "NAMESPACE-own" not found',
  },
];
