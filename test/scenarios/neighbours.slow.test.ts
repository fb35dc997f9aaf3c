import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/kube/resources.ts';
import { localEc2Api, localElbApi } from '../../src/local/aws/in-memory.ts';
import { seededRandom } from '../../src/runtime/virtual-clock.ts';
import { ingress, prefixed, service, slice } from './manifests.ts';
import { ownedBy, type Trespass, Witness } from './ownership.ts';
import { PEER, Peer } from './peer.ts';
import { clusterShape } from './shape.ts';
import { ingressClass, openWorld, type World } from './world.ts';

const MINUTES = 10;
const SERVICES = ['web', 'cart', 'both'];
const NAMES = ['one', 'two', 'three', 'four'];
const CLASSES = ['podwire', PEER.class];

type Neighbours = { world: World; witness: Witness; peer: Peer };

/** Podwire and its peer in one cluster and one account, and a target group and a security group rule that are a user's own. */
async function open(careless = false): Promise<Neighbours> {
  const world = await openWorld({ settings: { sweepIntervalSeconds: 120 } });
  await world.apply(ingressClass(PEER.class, 'ingress.k8s.aws/alb'));
  for (const name of SERVICES) await world.apply(service({ name }), slice({ service: name, addresses: ['10.0.1.50'] }));
  await makeOwn(world);
  const witness = new Witness(world);
  world.between = ({ kube }) => ({ kube: witness.kube('podwire', kube), ...witness.aws('podwire', ['podwire']) });
  const peer = new Peer({ world, careless, kube: witness.kube('peer', world.kube), ...witness.aws('peer', ['peer']) });
  await world.start();
  peer.start();
  return { world, witness, peer };
}

async function makeOwn({ aws }: World): Promise<void> {
  const made = await localElbApi(aws).createTargetGroup({
    Name: 'own',
    Protocol: 'HTTP',
    Port: 80,
    VpcId: aws.settings.vpcId,
    TargetType: 'ip',
  });
  const TargetGroupArn = made.TargetGroups?.[0]?.TargetGroupArn ?? '';
  await localElbApi(aws).registerTargets({ TargetGroupArn, Targets: [{ Id: '10.0.1.77', Port: 8080 }] });
  const nodes = [...aws.state.securityGroups.values()].find(({ name }) => name === 'nodes');
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/16', Description: 'ssh' }] },
  ];
  await localEc2Api(aws).authorizeSecurityGroupIngress({ GroupId: nodes?.id, IpPermissions });
}

/** One thing that happens in a cluster: pods, Ingresses of both, and Ingresses that change hands. */
async function churn(world: World, random: () => number): Promise<void> {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const [name, className, of] = [pick(NAMES), pick(CLASSES), pick(SERVICES)];
  const what = random();
  if (what < 0.45) {
    const addresses = [50, 51, 52, 53]
      .filter(() => random() < 0.6)
      .map((n) => `10.0.${1 + Math.floor(random() * 3)}.${n}`);
    await world.apply(slice({ service: of, addresses: [...new Set(addresses)] }));
  } else if (what < 0.85) {
    const present = await world.kube.get(RESOURCES.ingress, { namespace: 'shop', name });
    if (present?.metadata.deletionTimestamp !== undefined) return;
    const path = `/${Math.floor(random() * 3)}`;
    await world.apply(ingress({ name, class: className, rules: [{ host: `${name}.example.com`, path, service: of }] }));
  } else await world.delete(RESOURCES.ingress, name, 'shop').catch(() => undefined);
}

async function live({ world }: Neighbours, seed: number): Promise<number> {
  const random = seededRandom(seed);
  let steps = 0;
  for (const end = world.clock.monotonic() + MINUTES * 60_000; world.clock.monotonic() < end; steps++) {
    await churn(world, random);
    if (random() < 0.02) await world.restart();
    await world.advance(500 + random() * 6_000);
  }
  return steps;
}

const told = (trespasses: Trespass[]): string[] =>
  trespasses.map(({ by, did, of, gone }) => `${by}: ${did} took of ${of} ${gone.length}`);

test.each([1, 2, 3])('for ten minutes of churn neither changes what the other owns (seed %i)', async (seed) => {
  const neighbours = await open();
  const { world, witness, peer } = neighbours;
  const own = ownedBy(world.aws.state, 'user');
  const steps = await live(neighbours, seed);
  expect(steps).toBeGreaterThan(100);
  expect(told(witness.trespasses)).toEqual([]);
  await world.advance(300_000);
  expect(told(witness.trespasses)).toEqual([]);
  expect(ownedBy(world.aws.state, 'user')).toEqual(own);
  expect(await misserved(world)).toEqual([]);
  expect(world.errors).toEqual([]);
  for (const name of NAMES) await world.delete(RESOURCES.ingress, name, 'shop').catch(() => undefined);
  await world.advance(400_000);
  peer.stop();
  expect(ownedBy(world.aws.state, 'podwire')).toEqual([]);
  expect(await clusterShape(world)).toEqual([]);
});

/** Ingresses that are not at the one load balancer of their own controller. */
async function misserved({ aws, kube }: World): Promise<string[]> {
  const balancers = [...aws.state.loadBalancers.values()];
  const wrong = (await kube.list(RESOURCES.ingress)).filter(({ metadata, spec, status }) => {
    const { ingressClassName } = spec as { ingressClassName: string };
    const tag = ingressClassName === PEER.class ? PEER.stackTag : 'podwire.dev/stack';
    const stack = `${ingressClassName === PEER.class ? '' : 'ingress/'}${metadata.namespace}/${metadata.name}`;
    const own = balancers.filter(({ tags }) => tags[tag] === stack);
    return own.length !== 1 || !JSON.stringify(status).includes(own[0]?.dnsName ?? '-');
  });
  return wrong.map(({ metadata }) => metadata.name);
}

test('a TargetGroupBinding that nobody gave to Podwire is left to the peer', async () => {
  const { world, witness } = await open();
  await world.apply(ingress({ name: 'one', class: PEER.class, rules: [{ service: 'web' }] }));
  await world.advance(30_000);
  const targets = () =>
    [...world.aws.state.targetGroups.values()].map(({ name, targets: all }) => [name, [...all.keys()]]);
  expect(targets()).toContainEqual([expect.stringMatching(/^k8s-/), ['10.0.1.50:8080']]);
  await world.apply(slice({ service: 'web', addresses: ['10.0.1.50', '10.0.1.51'] }));
  await world.advance(10_000);
  expect(targets()).toContainEqual([expect.stringMatching(/^k8s-/), ['10.0.1.50:8080', '10.0.1.51:8080']]);
  expect(world.life.mutating).toEqual([]);
  expect(told(witness.trespasses)).toEqual([]);
});

test('an Ingress that changes hands twice is each time served by whose it is', async () => {
  const { world, witness } = await open();
  for (const className of ['podwire', PEER.class, 'podwire']) {
    await world.apply(ingress({ name: 'one', class: className, rules: [{ service: 'both' }] }));
    await world.annotate('one', prefixed({ example: null }));
    await world.advance(120_000);
    expect(await misserved(world)).toEqual([]);
    expect(world.aws.state.loadBalancers.size).toBe(1);
  }
  expect(told(witness.trespasses)).toEqual([]);
});

test('control: a neighbour that ignores ownership is seen', async () => {
  const neighbours = await open(true);
  const { world, witness } = neighbours;
  await world.apply(ingress({ name: 'one', rules: [{ service: 'web' }] }));
  await world.apply(ingress({ name: 'two', class: PEER.class, rules: [{ service: 'cart' }] }));
  await world.apply(slice({ service: 'cart', addresses: ['10.0.3.99'] }));
  await world.advance(60_000);
  const seen = told(witness.trespasses.filter(({ by }) => by === 'peer')).join('\n');
  expect(seen).toMatch(/deleteLoadBalancer.* took of podwire/);
  expect(seen).toMatch(/deregisterTargets.* took of (podwire|user)/);
  expect(seen).toMatch(/revokeSecurityGroupIngress.* took of (podwire|user)/);
});
