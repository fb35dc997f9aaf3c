import { GATE } from '../../src/api/pod.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { SETTINGS } from '../../src/local/aws/settings.ts';
import { until } from '../../src/local/until.ts';
import { ingress } from './operator-manifests.ts';
import type { ClusterWorld } from './operator-world.ts';

/** Something for the operator to do: what is there before the right is taken away, and what happens then. */
type Scene = {
  prepare?(world: ClusterWorld, namespace: string): Promise<unknown>;
  act(world: ClusterWorld, namespace: string): Promise<unknown>;
};

const served = (namespace: string) => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  ingress({ namespace, name: 'web', host: `${namespace}.localhost` }),
];

const apply = ({ kubectl }: ClusterWorld, namespace: string): Promise<string> => kubectl.apply(...served(namespace));

/** Until all is made; without pods the address itself would take a minute. */
async function serve(world: ClusterWorld, namespace: string): Promise<void> {
  await apply(world, namespace);
  const record = { name: `ingress.${namespace}.web` };
  await until(`a load balancer for ${namespace}`, async () => {
    const found = await world.kube.get(RESOURCES.loadBalancer, record);
    return (found?.status as { appliedHash?: string } | undefined)?.appliedHash;
  });
  const key = { namespace, name: 'podwire-drain' };
  await until(`a drain line in ${namespace}`, () => world.kube.get(RESOURCES.configMap, key));
}

/** Without a target group the address is told at once. */
function answering(namespace: string): object {
  const own = ingress({ namespace, name: 'web', host: `${namespace}.localhost` });
  const answer = { type: 'fixed-response', fixedResponseConfig: { contentType: 'text/plain', statusCode: '200' } };
  const actions = { 'alb.ingress.kubernetes.io/actions.hello': JSON.stringify(answer) };
  const backend = { service: { name: 'hello', port: { name: 'use-annotation' } } };
  const rules = [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  const metadata = { ...own.metadata, annotations: { ...own.metadata.annotations, ...actions } };
  return { ...own, metadata, spec: { ...own.spec, rules } };
}

const gated = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace, labels: { app: 'web' } },
  spec: {
    containers: [{ name: 'web', image: 'nginxinc/nginx-unprivileged:stable', ports: [{ containerPort: 8080 }] }],
    readinessGates: [{ conditionType: GATE }],
  },
});

/** Nobody's but the test's: who has no policy in local AWS may do everything. */
async function createTargetGroup({ aws }: ClusterWorld, name: string): Promise<string> {
  const asked = { Action: 'CreateTargetGroup', Version: '2015-12-01', Name: name, VpcId: SETTINGS.vpcId.value };
  const rest = { Protocol: 'HTTP', Port: '80', TargetType: 'ip' };
  const answer = await fetch(aws.url, { method: 'POST', body: new URLSearchParams({ ...asked, ...rest }) });
  const text = await answer.text();
  const arn = /<TargetGroupArn>([^<]+)</.exec(text)?.[1];
  if (arn === undefined) throw new Error(text);
  return arn;
}

const bindingOf = (namespace: string, targetGroupARN: string) => ({
  apiVersion: 'elbv2.k8s.aws/v1beta1',
  kind: 'TargetGroupBinding',
  metadata: { name: 'web', namespace, annotations: { 'podwire.dev/claim': 'true' } },
  spec: { targetGroupARN, targetType: 'ip', serviceRef: { name: 'web', port: 80 } },
});

const INTERVAL = 'alb.ingress.kubernetes.io/healthcheck-interval-seconds=30';

export const SCENES: Record<string, Scene> = {
  'a new Ingress': { act: apply },
  'an Ingress that answers itself': {
    act: ({ kubectl }, namespace) =>
      kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, answering(namespace)),
  },
  'an Ingress that changes': {
    prepare: serve,
    act: ({ kubectl }, namespace) => kubectl('annotate', '--overwrite', '-n', namespace, 'ingress/web', INTERVAL),
  },
  'an Ingress that goes': {
    prepare: serve,
    act: ({ kubectl }, namespace) => kubectl('delete', '--wait=false', '-n', namespace, 'ingress/web'),
  },
  'a pod with a gate': {
    prepare: serve,
    act: ({ kubectl }, namespace) => kubectl.apply(gated(namespace)),
  },
  'a TargetGroupBinding': {
    act: async (world, namespace) => {
      const [own, service] = served(namespace) as [object, object];
      await world.kubectl.apply(own, service, bindingOf(namespace, await createTargetGroup(world, namespace)));
    },
  },
};
