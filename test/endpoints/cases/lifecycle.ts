import { expect } from 'vitest';
import { dyingApis } from '../../aws/world.ts';
import type { Case } from '../case.ts';
import { Tenant } from '../tenant.ts';

const LARGE = { services: ['web', 'api', 'jobs'], ports: [80, 8080] };

/** A stack from its creation to its end. */
export const LIFECYCLE: Case[] = [
  {
    name: 'one pass makes a stack, and AWS has every part of it',
    run: async (tenant) => {
      const wanted = tenant.stack();
      const result = await tenant.pass(wanted);
      expect(result.failed).toEqual([]);
      const uid = tenant.cluster.uid.slice(0, 8);
      expect(await tenant.holdings()).toEqual([
        'listener 80 HTTP -> 404',
        expect.stringMatching(/^load-balancer k8s-\w+-lb internet-facing groups=2$/),
        expect.stringMatching(/^rule 80 1 shop\.example\.com \/web -> k8s-\w+-tg-web$/),
        expect.stringMatching(/^security-group k8s-\w+-sg 80=0\.0\.0\.0\/0$/),
        expect.stringMatching(/^security-group podwire-backend-\w+$/),
        expect.stringMatching(/^target-group k8s-\w+-tg-web HTTP ip \/$/),
      ]);
      expect(wanted.key).toContain(uid);
      expect(result.dnsName).toMatch(/./);
    },
  },
  {
    name: 'a second plan is empty, also for one who starts anew',
    run: async (tenant) => {
      const wanted = tenant.stack(LARGE);
      await tenant.converge(wanted.key, wanted);
      expect(await tenant.plan(wanted.key, wanted)).toEqual([]);
    },
  },
  {
    name: 'deletion leaves nothing of ours',
    run: async (tenant) => {
      const wanted = tenant.stack(LARGE);
      await tenant.converge(wanted.key, wanted);
      expect(await tenant.holdings()).toHaveLength(1 + 2 + 6 + 3 + 2);
      await tenant.remove(wanted.key);
      expect(await tenant.holdings()).toEqual([]);
    },
  },
  {
    name: 'what stands beside the stack and is not ours stays',
    run: async (tenant) => {
      const { elb, ec2 } = tenant.region;
      const [loadBalancer, targetGroup] = [await tenant.scratch.loadBalancer(), await tenant.scratch.targetGroup()];
      const securityGroup = await tenant.scratch.securityGroup();
      const wanted = tenant.stack();
      await tenant.converge(wanted.key, wanted);
      await tenant.remove(wanted.key);
      await elb.describeLoadBalancers({ LoadBalancerArns: [loadBalancer] });
      await elb.describeTargetGroups({ TargetGroupArns: [targetGroup] });
      await ec2.describeSecurityGroups({ GroupIds: [securityGroup] });
    },
  },
  {
    name: 'what was deleted behind our back is made again',
    run: async (tenant) => {
      const wanted = tenant.stack(LARGE);
      const { created } = await tenant.pass(wanted);
      const before = await tenant.holdings();
      await tenant.region.elb.deleteLoadBalancer({ LoadBalancerArn: created['load-balancer'] });
      expect(await tenant.holdings()).not.toEqual(before);
      await tenant.converge(wanted.key, wanted);
      expect(await tenant.holdings()).toEqual(before);
    },
  },
  {
    name: 'deletion protection keeps the load balancer, and what it needs',
    needs: ['deletionProtection'],
    run: async (tenant) => {
      const wanted = tenant.stack();
      const protect = (on: boolean) => {
        wanted.loadBalancer.attributes = { 'deletion_protection.enabled': String(on) };
        return tenant.converge(wanted.key, wanted);
      };
      await protect(true);
      const before = await tenant.holdings();
      await expect(tenant.remove(wanted.key)).rejects.toThrow('no end');
      expect(
        (await tenant.holdings()).filter((line) => !line.startsWith('listener') && !line.startsWith('rule')),
      ).toEqual(before.filter((line) => !line.startsWith('listener') && !line.startsWith('rule')));
      await protect(false);
    },
  },
  {
    name: 'an operator that dies after any of its calls leaves no orphan and no duplicate',
    run: async (tenant) => {
      let calls = Number.POSITIVE_INFINITY;
      for (let count = 1; count <= calls; count++) {
        const mortal = new Tenant(tenant.region);
        const { apis, died, sent } = dyingApis(tenant.region, count);
        const wanted = mortal.stack();
        if ((await Promise.race([mortal.pass(wanted, mortal.account(apis)), died])) !== 'died') calls = sent();
        const account = mortal.account();
        await mortal.converge(wanted.key, wanted, account);
        expect(await mortal.holdings(), `after call ${count}`).toHaveLength(6);
        await mortal.remove(wanted.key, account);
      }
      expect(calls).toBeGreaterThan(7);
    },
  },
];
