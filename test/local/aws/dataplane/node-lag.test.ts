import { expect, test } from 'vitest';
import { NodeLag } from '../../../../src/local/aws/dataplane/node-lag.ts';
import { createWorld } from '../world.ts';

const range = (ms: number) => ({ min: ms, max: ms });
const KINDS = ['register', 'deregister', 'health', 'listener'] as const;

async function lags(Type: 'application' | 'network', settings: Parameters<typeof createWorld>[0]) {
  const { aws, elb } = createWorld({ propagationLagMs: range(1), nlbPropagationLagMs: range(2), ...settings });
  const Subnets = [...aws.state.subnets.values()].filter((subnet) => subnet.mapPublicIpOnLaunch).map(({ id }) => id);
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'web', Type, Subnets });
  const loadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  const lag = new NodeLag(aws, { loadBalancerArn, zone: 'eu-central-1a' });
  return KINDS.map((kind) => lag.draw(kind));
}

test('each type has a range of its own, and each kind of change may have', async () => {
  expect(await lags('application', {})).toEqual([1, 1, 1, 1]);
  expect(await lags('network', {})).toEqual([2, 2, 2, 1]);
  const other = { changeLagMs: { register: range(3) }, nlbChangeLagMs: { deregister: range(4), listener: range(5) } };
  expect(await lags('application', other)).toEqual([3, 1, 1, 1]);
  expect(await lags('network', other)).toEqual([2, 4, 2, 5]);
});

test('by default a network load balancer is one to two minutes behind', async () => {
  const { aws } = createWorld();
  expect(aws.settings.nlbPropagationLagMs).toEqual({ min: 60_000, max: 120_000 });
});
