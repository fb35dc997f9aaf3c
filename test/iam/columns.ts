import type { Ingress } from '../../src/cluster/objects.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import type { SecurityGroup, TargetGroup } from '../../src/local/aws/state.ts';
import { CERTIFICATE, type World } from '../scenarios/world.ts';
import {
  balancerOf,
  groupsOf,
  INGRESSES,
  listenersOf,
  MORE_CERTIFICATES,
  networkOf,
  routesOf,
  securityGroupsOf,
} from './stage.ts';

type Stage = { world: World; claimed: string };
type Column = { about: string; works: (stage: Stage) => boolean | Promise<boolean> };

/** What an operator that was started with one right less did of what it had to, as it stands in AWS and in the cluster. */
export const COLUMNS: Record<string, Column> = {
  registered: {
    about: 'a pod that became ready is a target',
    works: ({ world }) => groupsOf(world, 'keep').some((group) => holds(group, '10.0.1.99')),
  },
  deregistered: {
    about: 'a pod that left is none',
    works: ({ world }) => webGroups(world).every((group) => !holds(group, '10.0.1.10')),
  },
  admitted: {
    about: 'the load balancers reach nodes at a new port',
    works: ({ world }) => allGroups(world).some(({ name, rules }) => name === 'nodes' && opens(rules, 9090)),
  },
  claimed: {
    about: 'both in a group made by hand',
    works: ({ world, claimed }) => {
      const group = world.aws.state.targetGroups.get(claimed);
      return group !== undefined && holds(group, '10.0.1.99') && !holds(group, '10.0.1.10');
    },
  },
  created: {
    about: 'a new Ingress has its load balancer, which admits its clients, and its address',
    works: isCreated,
  },
  routes: { about: 'rules and ports are as two changed Ingresses say', works: ({ world }) => areRouted(world) },
  settings: {
    about: 'attributes, health check and tags are as a changed Ingress says',
    works: ({ world }) => isSet(world),
  },
  network: {
    about: 'subnets, security groups, kind of addresses and admitted clients are as two changed Ingresses say',
    works: ({ world }) => isPlaced(world),
  },
  certificates: {
    about: 'a listener has the certificates of a changed Ingress',
    works: ({ world }) => sameOf(listenersOf(world, 'tls')[0]?.certificates, [CERTIFICATE, MORE_CERTIFICATES[1]]),
  },
  deleted: { about: 'nothing is left of a deleted Ingress', works: isDeleted },
};

const allGroups = ({ aws }: World): SecurityGroup[] => [...aws.state.securityGroups.values()];
const webGroups = (world: World): TargetGroup[] => groupsOf(world, 'keep').filter(({ name }) => name.includes('-web-'));
const sameOf = (given: readonly unknown[] | undefined, wanted: readonly unknown[]): boolean =>
  JSON.stringify(given?.toSorted()) === JSON.stringify(wanted.toSorted());

const holds = ({ targets }: TargetGroup, address: string): boolean =>
  [...targets.values()].some(({ id, state }) => id === address && state !== 'draining');

const opens = (rules: SecurityGroup['rules'], port: number): boolean =>
  rules.some(({ egress, fromPort, toPort }) => !egress && (fromPort ?? 0) <= port && port <= (toPort ?? 65_535));

const ingressOf = async ({ kube }: World, name: string): Promise<Ingress | undefined> =>
  (await kube.get(RESOURCES.ingress, { namespace: 'shop', name })) as unknown as Ingress | undefined;

async function isCreated({ world }: Stage): Promise<boolean> {
  const made = await ingressOf(world, 'fresh');
  const told = JSON.stringify((made as { status?: unknown } | undefined)?.status ?? {});
  const dnsName = balancerOf(world, 'fresh')?.dnsName;
  const admits = securityGroupsOf(world, 'fresh').some(({ rules }) => opens(rules, 80));
  return (
    dnsName !== undefined && told.includes(dnsName) && admits && sameOf(routesOf(world, 'fresh'), ['/* web', '* -'])
  );
}

const ROUTES = ['/a/longer cart', '/a web', '/b web', '* cart'];

function areRouted(world: World): boolean {
  const ports = (name: string) => listenersOf(world, name).map(({ port }) => port);
  const twice = ROUTES.flatMap((route) => [route, route]);
  const routed = JSON.stringify(routesOf(world, 'routes')) === JSON.stringify(twice);
  return routed && sameOf(ports('routes'), [80, 8080]) && sameOf(ports('ports'), [80]);
}

function isSet(world: World): boolean {
  const balancer = balancerOf(world, 'settings');
  const [group] = groupsOf(world, 'settings');
  const tagged = [balancer, group, ...securityGroupsOf(world, 'settings')].every((one) => one?.tags['team'] === 'a');
  return (
    tagged &&
    balancer?.attributes['idle_timeout.timeout_seconds'] === '120' &&
    group?.attributes['deregistration_delay.timeout_seconds'] === '90' &&
    group.healthCheck.path === '/healthz'
  );
}

function isPlaced(world: World): boolean {
  const { subnets, securityGroup } = networkOf(world);
  const balancer = balancerOf(world, 'network');
  const cidrs = securityGroupsOf(world, 'cidrs').flatMap(({ rules }) =>
    rules.flatMap(({ egress, cidr }) => (egress ? [] : [cidr])),
  );
  return (
    sameOf(
      balancer?.nodes.map(({ subnetId }) => subnetId),
      subnets,
    ) &&
    balancer?.securityGroups.includes(securityGroup) === true &&
    balancer.ipAddressType === 'dualstack' &&
    sameOf(cidrs, ['192.168.0.0/16'])
  );
}

async function isDeleted({ world }: Stage): Promise<boolean> {
  if (INGRESSES['gone']?.after !== undefined) throw new Error('the Ingress gone is not deleted');
  const left = [balancerOf(world, 'gone'), ...groupsOf(world, 'gone'), ...securityGroupsOf(world, 'gone')];
  return left.every((one) => one === undefined) && (await ingressOf(world, 'gone')) === undefined;
}
