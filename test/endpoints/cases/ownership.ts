import { expect } from 'vitest';
import { deleteUnusedBackendSecurityGroup } from '../../../src/aws/apply/security-group.ts';
import { describeStack } from '../../../src/aws/describe-stack.ts';
import { observeStack } from '../../../src/aws/observe.ts';
import { applySteps } from '../../../src/aws/apply.ts';
import { Invalid } from '../../../src/errors.ts';
import { planStack } from '../../../src/plan/stack.ts';
import type { Case } from '../case.ts';
import { createNetwork, deleteNetwork } from '../region.ts';
import { Tenant } from '../tenant.ts';

/** Who owns what, told by tags. */
export const OWNERSHIP: Case[] = [
  {
    name: 'the inventory is what carries our tags, by stack',
    run: async (tenant) => {
      const [web, api] = ['web', 'api'].map((name) =>
        tenant.stack({ key: `ingress/shop/${name}${tenant.cluster.uid.slice(0, 4)}` }),
      );
      if (!web || !api) throw new Error('two stacks were wanted');
      await tenant.converge(web.key, web);
      await tenant.converge(api.key, api);
      const { inventory } = tenant.account();
      expect(await inventory.stacks()).toEqual([web.key, api.key].toSorted());
      expect((await inventory.stack(web.key)).map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual(
        [
          `load-balancer ${web.loadBalancer.name}`,
          `security-group ${web.securityGroup?.name}`,
          `target-group ${web.targetGroups[0]?.name}`,
        ].toSorted(),
      );
      await tenant.remove(web.key);
      expect(await tenant.account().inventory.stacks()).toEqual([api.key]);
    },
  },
  {
    name: 'two clusters of one name are kept apart',
    run: async (tenant) => {
      const twin = new Tenant(tenant.region, {
        name: tenant.cluster.name,
        uid: `${tenant.cluster.uid.slice(0, -4)}twin`,
      });
      const wanted = tenant.stack();
      await tenant.converge(wanted.key, wanted);
      const before = await tenant.holdings();
      try {
        expect(await twin.plan(wanted.key, undefined)).toEqual([]);
        expect(await twin.account().inventory.all()).toEqual([]);
        const theirs = twin.stack({ key: 'ingress/twin/web' });
        await twin.converge(theirs.key, theirs);
        expect(await twin.holdings()).toHaveLength(before.length);
        await twin.remove(theirs.key);
        expect(await twin.holdings()).toEqual([]);
      } finally {
        await twin.clear();
      }
      expect(await tenant.holdings()).toEqual(before);
    },
  },
  {
    name: 'a name that somebody else has is left with them, and told',
    run: async (tenant) => {
      const wanted = tenant.stack();
      const holder = await tenant.scratch.targetGroup({ Name: wanted.targetGroups[0]?.name });
      const account = tenant.account();
      const { failed } = await tenant.pass(wanted, account);
      expect(failed.map(({ step, error }) => [step.resource, error.constructor])).toEqual([
        [`target-group/${wanted.targetGroups[0]?.id}`, Invalid],
      ]);
      expect(failed[0]?.error.message).toContain(holder);
    },
  },
  {
    name: 'a name that was taken after we looked is left with its holder',
    needs: ['duplicateNames'],
    run: async (tenant) => {
      const wanted = tenant.stack();
      const account = tenant.account();
      await account.inventory.all();
      const holder = await tenant.scratch.loadBalancer({ Name: wanted.loadBalancer.name, Scheme: 'internal' });
      const { failed } = await tenant.pass(wanted, account);
      expect(failed[0]?.error).toBeInstanceOf(Invalid);
      expect(failed[0]?.error.message).toContain(`taken by ${holder}`);
    },
  },
  {
    name: 'one backend security group serves all stacks and goes with the last',
    run: async (tenant) => {
      const keys = ['a', 'b'].map((name) => `ingress/${tenant.cluster.uid.slice(0, 6)}/${name}`);
      const account = tenant.account();
      await Promise.all(keys.map((key) => tenant.pass(tenant.stack({ key }), account)));
      const backends = async () => (await tenant.holdings()).filter((line) => line.includes('podwire-backend'));
      expect(await backends()).toHaveLength(1);
      await tenant.converge(keys[0] ?? '', undefined);
      expect(await deleteUnusedBackendSecurityGroup(tenant.account())).toBe(false);
      expect(await backends()).toHaveLength(1);
      await tenant.remove(keys[1] ?? '');
      expect(await tenant.holdings()).toEqual([]);
    },
  },
  {
    name: 'a security group that is in use waits for its load balancer',
    needs: ['groupDependency'],
    run: async (tenant) => {
      const wanted = tenant.stack();
      const account = tenant.account();
      const { created } = await tenant.pass(wanted, account);
      const groups = { SecurityGroups: [created['security-group'] ?? ''] };
      const other = await tenant.scratch.loadBalancer(groups);
      await expect(tenant.converge(wanted.key, undefined)).rejects.toThrow('DependencyViolation');
      await tenant.region.elb.deleteLoadBalancer({ LoadBalancerArn: other });
      await tenant.remove(wanted.key);
      expect(await tenant.holdings()).toEqual([]);
    },
  },
  {
    name: 'what a pass made is described as the next one finds it',
    run: async (tenant) => {
      const wanted = tenant.stack({ ports: [80, 8080] });
      const account = tenant.account();
      const observed = await observeStack(account, wanted.key, wanted);
      const result = await applySteps(account, planStack(wanted, observed));
      const made = describeStack({ wanted, observed, result });
      const later = await observeStack(tenant.account(), wanted.key, wanted);
      const found = describeStack({ wanted, observed: later, result: await applySteps(account, []) });
      expect(found.resources).toEqual(made.resources);
      expect(found.loadBalancer).toMatchObject({ arn: made.loadBalancer?.arn, dnsName: made.loadBalancer?.dnsName });
    },
  },
  {
    name: 'a VPC of its own keeps its resources to itself',
    needs: ['networks'],
    run: async (tenant) => {
      const network = await createNetwork(tenant.region.ec2Client);
      tenant.scratch.onClear(() => deleteNetwork(tenant.region.ec2Client, network));
      const there = new Tenant({ ...tenant.region, ...network }, tenant.cluster);
      const wanted = there.stack();
      await there.converge(wanted.key, wanted);
      expect(await there.plan(wanted.key, wanted)).toEqual([]);
      const kinds = (await tenant.account().inventory.all()).map(({ kind }) => kind);
      expect(kinds).not.toContain('load-balancer');
      expect(kinds).not.toContain('target-group');
      await there.remove(wanted.key);
      expect(await there.holdings()).toEqual([]);
    },
  },
];
