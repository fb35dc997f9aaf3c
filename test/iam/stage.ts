import { RESOURCES } from '../../src/kube/resources.ts';
import type { Listener, LoadBalancer, Rule, SecurityGroup, TargetGroup } from '../../src/local/aws/state.ts';
import { binding, loadBalancer, serviceRef, targetGroup } from '../scenarios/bindings.ts';
import { ingress, type IngressOptions, service, slice } from '../scenarios/manifests.ts';
import { accessKeyOf, CERTIFICATE, openWorld, type World } from '../scenarios/world.ts';

const MINUTE_MS = 60_000;

/** Certificates beside the one that every world has. */
export const MORE_CERTIFICATES = [1, 2].map((number) => CERTIFICATE.replace(/.$/, String(number + 1))) as [
  string,
  string,
];

const certificates = (...arns: string[]) => ({
  'certificate-arn': [CERTIFICATE, ...arns].join(','),
  'listen-ports': '[{"HTTPS": 443}]',
});

type Ingress = Omit<IngressOptions, 'name'>;

const A = { path: '/a', service: 'web' };
const B = { path: '/b', service: 'cart' };

/** Ingresses before and after; one without `after` is deleted, one without `before` is new. */
export const INGRESSES: Record<string, { before?: Ingress; after?: Ingress }> = {
  keep: {
    before: { rules: [{ service: 'web' }, { path: '/moved', service: 'moved' }] },
    after: { rules: [{ service: 'web' }, { path: '/moved', service: 'moved' }] },
  },
  fresh: { after: { rules: [{ service: 'web' }] } },
  gone: { before: { rules: [A] } },
  // One rule more and ahead, one with another backend, one less, another default, and a port in place of one.
  routes: {
    before: { rules: [A, B, { path: '/c', service: 'web' }], defaultBackend: { service: 'web' } },
    after: {
      rules: [{ path: '/a/longer', service: 'cart' }, A, { ...B, service: 'web' }],
      defaultBackend: { service: 'cart' },
      annotations: { 'listen-ports': '[{"HTTP": 80}, {"HTTP": 8080}]' },
    },
  },
  ports: {
    before: { rules: [A], annotations: { 'listen-ports': '[{"HTTP": 80}, {"HTTP": 8080}]' } },
    after: { rules: [A] },
  },
  settings: {
    before: { rules: [A] },
    after: {
      rules: [A],
      annotations: {
        'load-balancer-attributes': 'idle_timeout.timeout_seconds=120',
        'target-group-attributes': 'deregistration_delay.timeout_seconds=90',
        'healthcheck-path': '/healthz',
        tags: 'team=a',
      },
    },
  },
  cidrs: {
    before: { rules: [A], annotations: { 'inbound-cidrs': '10.0.0.0/8' } },
    after: { rules: [A], annotations: { 'inbound-cidrs': '192.168.0.0/16' } },
  },
  network: {
    before: { rules: [A] },
    after: { rules: [A], annotations: { 'ip-address-type': 'dualstack' } }, // and the ids of `networkOf`
  },
  tls: {
    before: { rules: [A], annotations: certificates(MORE_CERTIFICATES[0]) },
    after: { rules: [A], annotations: certificates(MORE_CERTIFICATES[1]) },
  },
};

/** A cluster whose operator made everything of `before` with all its rights, and has ended. */
export async function openStage(): Promise<{ world: World; claimed: string }> {
  const world = await openWorld({ aws: { ipv6: true } });
  const known = world.aws.state.certificates.get(CERTIFICATE);
  for (const arn of MORE_CERTIFICATES) if (known) world.aws.state.certificates.set(arn, { ...known, arn });
  for (const name of ['web', 'cart', 'moved'])
    await world.apply(service({ name }), slice({ service: name, addresses: ['10.0.1.10', '10.0.2.10', '10.0.3.10'] }));
  for (const [name, { before }] of Object.entries(INGRESSES))
    if (before) await world.apply(ingress({ name, ...before }));
  const claimed = await targetGroup(world, { Name: 'by-hand' });
  await loadBalancer(world, claimed);
  await world.apply(binding({ claim: 'true', spec: { serviceRef, targetGroupARN: claimed, targetType: 'ip' } }));
  await world.start();
  await world.advance(MINUTE_MS);
  world.kill();
  return { world, claimed };
}

/** Takes one action away from the operator's policy. */
export function withhold({ aws }: World, action: string): void {
  const key = accessKeyOf('local');
  const { policies } = aws.settings;
  const statements = [policies[key]?.Statement ?? []].flat();
  const Statement = statements
    .map((one) => ({ ...one, Action: [one.Action ?? []].flat().filter((each) => each !== action) }))
    .filter(({ Action }) => Action.length > 0);
  aws.configure({ policies: { ...policies, [key]: { Version: '2012-10-17', Statement } } });
}

/** Everything changes to `after` under an operator that has just started. */
export async function change(world: World): Promise<void> {
  await world.start();
  await world.advance(MINUTE_MS / 4);
  await world.apply(slice({ service: 'web', addresses: ['10.0.2.10', '10.0.3.10', '10.0.1.99'] }));
  await world.apply(movedSlice());
  for (const [name, { before, after }] of Object.entries(INGRESSES)) {
    if (after === undefined) await world.delete(RESOURCES.ingress, name, 'shop');
    else if (before !== after) await world.apply(ingress({ name, ...after, annotations: annotationsOf(world, name) }));
  }
  await world.advance(3 * MINUTE_MS);
}

/** Where the Ingress `network` is to be: two subnets of three, and a security group that somebody made. */
export function networkOf({ aws }: World): { subnets: string[]; securityGroup: string } {
  const closed = [...aws.state.subnets.values()].filter(({ mapPublicIpOnLaunch }) => !mapPublicIpOnLaunch);
  const nodes = [...aws.state.securityGroups.values()].find(({ name }) => name === 'nodes');
  return {
    subnets: closed
      .map(({ id }) => id)
      .toSorted()
      .slice(0, 2),
    securityGroup: nodes?.id ?? '',
  };
}

function annotationsOf(world: World, name: string): Record<string, string> {
  const { annotations = {} } = INGRESSES[name]?.after ?? {};
  if (name !== 'network') return annotations;
  const { subnets, securityGroup } = networkOf(world);
  return { ...annotations, subnets: subnets.join(','), 'security-groups': securityGroup };
}

/** Its pods serve at another port now. */
function movedSlice(): object {
  const made = slice({ service: 'moved', addresses: ['10.0.1.10', '10.0.2.10'] });
  return { ...made, ports: [{ name: 'http', port: 9090, protocol: 'TCP' }] };
}

const STACK = 'podwire.dev/stack';

export const balancerOf = ({ aws }: World, name: string): LoadBalancer | undefined =>
  [...aws.state.loadBalancers.values()].find(({ tags }) => tags[STACK] === `ingress/shop/${name}`);

export const groupsOf = ({ aws }: World, name: string): TargetGroup[] =>
  [...aws.state.targetGroups.values()].filter(({ tags }) => tags[STACK] === `ingress/shop/${name}`);

export const securityGroupsOf = ({ aws }: World, name: string): SecurityGroup[] =>
  [...aws.state.securityGroups.values()].filter(({ tags }) => tags[STACK] === `ingress/shop/${name}`);

export function listenersOf(world: World, name: string): Listener[] {
  const arn = balancerOf(world, name)?.arn;
  return [...world.aws.state.listeners.values()].filter(({ loadBalancerArn }) => loadBalancerArn === arn);
}

/** The rules in order, each as its path and the Service behind it; the default one last. */
export function routesOf(world: World, name: string): string[] {
  const { aws } = world;
  const order = ({ priority }: Rule) => (priority === 'default' ? Number.POSITIVE_INFINITY : priority);
  const arns = new Set(listenersOf(world, name).map(({ arn }) => arn));
  const rules = [...aws.state.rules.values()].filter(({ listenerArn }) => arns.has(listenerArn));
  return rules.toSorted((a, b) => order(a) - order(b)).map((rule) => `${pathOf(rule)} ${serviceOf(world, rule)}`);
}

const pathOf = ({ conditions }: Rule): string =>
  conditions.flatMap(({ PathPatternConfig, Values }) => PathPatternConfig?.Values ?? Values ?? [])[0] ?? '*';

function serviceOf({ aws }: World, { actions }: Rule): string {
  const [action] = actions;
  const arn = action?.TargetGroupArn ?? action?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn ?? '';
  return /^pw-shop-([a-z]+)-/.exec(aws.state.targetGroups.get(arn)?.name ?? '')?.[1] ?? '-';
}
