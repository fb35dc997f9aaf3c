import { describe, expect, test } from 'vitest';
import { deleteUnusedBackendSecurityGroup } from '../../src/aws/apply/security-group.ts';
import type { StackFacts } from '../../src/model/facts.ts';
import type { Stack } from '../../src/model/stack.ts';
import { buildCase, caseNames, loadCase } from '../fixtures/load.ts';
import { apisOf, converge, createWorld, openAccount, planOf, shapeOf, type World } from './world.ts';

/** In no case is anything done to it. */
const FOREIGN_GROUP = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/other/0123456789abcdef';
const CLUSTER = { name: 'prod', uid: '8f6a2c1e-0000-4000-8000-000000000001' };

/** Local AWS with the network and the certificates that a case speaks of. */
function worldOf({ vpcId, subnets, securityGroups }: StackFacts, stack: Stack): World {
  const world = createWorld({ vpcId, ipv6: true });
  const { state } = world.aws;
  state.subnets.clear();
  for (const { id, vpcId: vpc, zone, cidr, ipv6Cidrs, tags } of subnets) {
    state.subnets.set(id, { id, vpcId: vpc, zone, cidr, ipv6Cidrs, mapPublicIpOnLaunch: true, tags });
  }
  for (const { id, name, tags } of securityGroups)
    state.securityGroups.set(id, { id, name, description: name, vpcId, rules: [], tags });
  for (const arn of stack.listeners.flatMap(({ certificates }) => certificates)) addCertificate(world, arn);
  addForeignGroup(world);
  return world;
}

function addForeignGroup({ aws }: World): void {
  const healthCheck = {
    enabled: true,
    protocol: 'HTTP' as const,
    port: 'traffic-port',
    path: '/',
    intervalSeconds: 30,
    timeoutSeconds: 5,
    healthyThreshold: 5,
    unhealthyThreshold: 2,
  };
  const common = { attributes: {}, targets: new Map(), loadBalancerArns: [], createdAt: 0, tags: {} };
  const settings = {
    targetType: 'ip',
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    port: 80,
    ipAddressType: 'ipv4',
  } as const;
  aws.state.targetGroups.set(FOREIGN_GROUP, {
    arn: FOREIGN_GROUP,
    name: 'other',
    vpcId: aws.settings.vpcId,
    healthCheck,
    ...settings,
    ...common,
  });
}

function addCertificate({ aws }: World, arn: string): void {
  const pem = { certificatePem: '', privateKeyPem: '', notBefore: 0, notAfter: 0, importedAt: 0 };
  aws.state.certificates.set(arn, {
    arn,
    domainName: 'shop.example.com',
    subjectAlternativeNames: [],
    tags: {},
    ...pem,
  });
}

describe('golden cases', () => {
  test.each(caseNames())('%s: one pass makes it, a second one plans nothing, deletion leaves nothing', async (name) => {
    const one = loadCase(name);
    for (const { key, build } of buildCase(one)) {
      if (!build.stack) continue;
      const world = worldOf(one.facts, build.stack);
      const before = shapeOf(world);
      const account = openAccount(world, apisOf(world), CLUSTER);
      expect(await converge(account, key, build.stack)).toBe(1);
      expect(await planOf(openAccount(world, apisOf(world), CLUSTER), key, build.stack)).toEqual([]);
      await converge(account, key, undefined);
      await deleteUnusedBackendSecurityGroup(account);
      expect(shapeOf(world)).toEqual(before);
    }
  });
});
