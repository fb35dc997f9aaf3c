import { expect } from 'vitest';
import type { StackFacts } from '../../../src/model/facts.ts';
import { buildStack } from '../../../src/model/build.ts';
import type { Stack } from '../../../src/model/stack.ts';
import { caseNames, loadCase } from '../../fixtures/load.ts';
import type { Capability } from '../capabilities.ts';
import type { Case } from '../case.ts';
import type { Tenant } from '../tenant.ts';

/** The target group that a case refers to by ARN, as a user would. */
const NAMED_BY_USER = /arn:aws:elasticloadbalancing:[\w-]+:\d+:targetgroup\/[\w-]+\/\w+/g;
const CERTIFICATE = /arn:aws:acm:[\w-]+:\d+:certificate\/[\w-]+/g;

const NEEDS: readonly [Capability, (stack: Stack) => boolean][] = [
  ['certificates', (stack) => stack.listeners.some(({ certificates }) => certificates.length > 0)],
  ['regexConditions', (stack) => JSON.stringify(stack).includes('"regexValues"')],
  ['dualstack', ({ loadBalancer }) => loadBalancer.ipAddressType !== 'ipv4'],
];

/** The golden cases that are stacks, made for real: their ids give way to those of the region. */
export const GOLDEN: Case[] = caseNames().flatMap((name): Case[] => {
  const one = loadCase(name);
  return one.inputs.flatMap((input): Case[] => {
    const { stack } = buildStack(input, one.facts);
    if (!stack) return [];
    return [
      {
        name: one.inputs.length > 1 ? `${name} ${input.key}` : name,
        needs: NEEDS.flatMap(([capability, applies]) => (applies(stack) ? [capability] : [])),
        run: async (tenant) => {
          const { stack: own } = buildStack({ ...input, cluster: tenant.cluster }, one.facts);
          if (own) await makeAndTakeAway(tenant, await settle(tenant, own, one.facts));
        },
      },
    ];
  });
});

async function makeAndTakeAway(tenant: Tenant, stack: Stack): Promise<void> {
  const account = tenant.account();
  const { failed, skipped } = await tenant.pass(stack, account);
  expect(failed.map(({ step, error }) => `${step.id}: ${error.message}`)).toEqual([]);
  expect(skipped).toEqual([]);
  const listeners = stack.listeners.flatMap(({ rules }) => [1, ...rules]).length;
  const groups = Number(stack.securityGroup !== undefined) + Number(stack.loadBalancer.attachBackendSecurityGroup);
  expect(await tenant.holdings()).toHaveLength(1 + listeners + stack.targetGroups.length + groups);
  expect(await tenant.plan(stack.key, stack)).toEqual([]);
  await tenant.remove(stack.key, account);
  expect(await tenant.holdings()).toEqual([]);
}

/** The same stack on the network of the region, with security groups, certificates and target groups that are there. */
async function settle(tenant: Tenant, stack: Stack, facts: StackFacts): Promise<Stack> {
  const { region, scratch } = tenant;
  let text = JSON.stringify(stack).replaceAll(facts.vpcId, region.vpcId);
  const zones = [...new Set(facts.subnets.map(({ zone }) => zone))].sort();
  for (const { id, zone } of facts.subnets)
    text = text.replaceAll(id, region.subnets[zones.indexOf(zone) % region.subnets.length]?.SubnetId ?? '');
  const swap = async (found: Iterable<string>, make: () => Promise<string>) => {
    for (const old of new Set(found)) text = text.replaceAll(old, await make());
  };
  await swap(
    facts.securityGroups.flatMap(({ id }) => (text.includes(id) ? [id] : [])),
    () => scratch.securityGroup(),
  );
  await swap(text.match(CERTIFICATE) ?? [], () => scratch.certificate());
  await swap(text.match(NAMED_BY_USER) ?? [], () => scratch.targetGroup());
  const settled = JSON.parse(text) as Stack;
  settled.loadBalancer.subnets.sort();
  return settled;
}
