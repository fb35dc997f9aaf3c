import { describe, expect, test } from 'vitest';
import type { Stack } from '../../src/model/stack.ts';
import { converge, createWorld, openAccount, planOf, stackIn, type World } from './world.ts';

const CERTIFICATES = ['one', 'two', 'three'].map((name) => `arn:aws:acm:eu-central-1:123456789012:certificate/${name}`);

function worldWithCertificates(): World {
  const world = createWorld();
  const pem = { certificatePem: '', privateKeyPem: '', notBefore: 0, notAfter: 0, importedAt: 0 };
  for (const arn of CERTIFICATES) {
    world.aws.state.certificates.set(arn, {
      arn,
      domainName: 'shop.example.com',
      subjectAlternativeNames: [],
      tags: {},
      ...pem,
    });
  }
  return world;
}

const secure = (stack: Stack, ...certificates: string[]): Stack => ({
  ...stack,
  listeners: stack.listeners.map((listener) => ({
    ...listener,
    protocol: 'HTTPS',
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
    certificates,
  })),
});

type Edit = { name: string; edit: (stack: Stack) => Stack; calls: Record<string, number> };
const [one = '', two = '', three = ''] = CERTIFICATES;

const EDITS: Edit[] = [
  {
    name: 'HTTP to HTTPS',
    edit: (stack) => secure(stack, one, two),
    calls: { ModifyListener: 1, AddListenerCertificates: 1 },
  },
  {
    name: 'an attribute of the load balancer',
    edit: (stack) => ({
      ...stack,
      loadBalancer: { ...stack.loadBalancer, attributes: { 'idle_timeout.timeout_seconds': '90' } },
    }),
    calls: { ModifyLoadBalancerAttributes: 1 },
  },
  {
    name: 'an attribute of a target group',
    edit: (stack) => ({
      ...stack,
      targetGroups: stack.targetGroups.map((group) => ({
        ...group,
        attributes: { 'deregistration_delay.timeout_seconds': '30' },
      })),
    }),
    calls: { ModifyTargetGroupAttributes: 1 },
  },
  {
    name: 'a health check',
    edit: (stack) => ({
      ...stack,
      targetGroups: stack.targetGroups.map((group) => ({
        ...group,
        healthCheck: { ...group.healthCheck, path: '/ready' },
      })),
    }),
    calls: { ModifyTargetGroup: 1 },
  },
  {
    name: 'the tags',
    edit: (stack) => ({
      ...stack,
      loadBalancer: { ...stack.loadBalancer, tags: { ...stack.loadBalancer.tags, team: 'shop' } },
    }),
    calls: { AddTags: 2 },
  },
  {
    name: 'who may come in',
    edit: ({ securityGroup, ...stack }) => ({
      ...stack,
      ...(securityGroup ? { securityGroup: { ...securityGroup, ingress: [{ port: 80, cidr: '192.0.2.0/24' }] } } : {}),
    }),
    calls: { AuthorizeSecurityGroupIngress: 1, RevokeSecurityGroupIngress: 1 },
  },
  {
    name: 'fewer subnets',
    edit: (stack) => ({
      ...stack,
      loadBalancer: { ...stack.loadBalancer, subnets: stack.loadBalancer.subnets.slice(0, 2) },
    }),
    calls: { SetSubnets: 1 },
  },
];

/** The calls that change something. */
function changesIn({ aws }: World): Record<string, number> {
  return Object.fromEntries(Object.entries(aws.calls.counts()).filter(([action]) => !action.startsWith('Describe')));
}

describe('a change of one thing', () => {
  test.each(EDITS)('$name', async ({ edit, calls }) => {
    const world = worldWithCertificates();
    const account = openAccount(world);
    const before = stackIn(world);
    await converge(account, before.key, before);
    world.aws.calls.clear();
    await converge(account, before.key, edit(before));
    expect(changesIn(world)).toEqual(calls);
    expect(await planOf(openAccount(world), before.key, edit(before))).toEqual([]);
  });

  test('certificates change places without a moment in which one is missing', async () => {
    const world = worldWithCertificates();
    const account = openAccount(world);
    const plain = stackIn(world);
    await converge(account, plain.key, secure(plain, one, two));
    await converge(account, plain.key, secure(plain, three, one));
    const [listener] = world.aws.state.listeners.values();
    expect(listener?.certificates).toEqual([three, one]);
    expect(await planOf(openAccount(world), plain.key, secure(plain, three, one))).toEqual([]);
  });
});
