import { expect } from 'vitest';
import { openTargets } from '../../../src/aws/targets.ts';
import type { Target } from '../../../src/model/target.ts';
import type { Case } from '../case.ts';
import { targetAddress } from '../region.ts';
import type { Tenant } from '../tenant.ts';

async function openGroup(tenant: Tenant) {
  const { targetGroup: arn } = await tenant.scratch.attachedGroup();
  const targets = openTargets(tenant.region.elb, () => 1);
  const list = async () => (await targets.describe(arn)).map(({ id, port }) => `${id}:${port}`).toSorted();
  return { arn, targets, list };
}

const target = ({ region }: Tenant, n: number, port = 8080) => ({
  uid: `pod-${n}`,
  id: targetAddress(region, n),
  port,
});
const text = ({ id, port }: { id: string; port: number }): string => `${id}:${port}`;

/** Targets registered, described and deregistered. */
export const TARGETS: Case[] = [
  {
    name: 'targets are registered and described with their ports',
    run: async (tenant) => {
      const { arn, targets, list } = await openGroup(tenant);
      const wanted = [1, 2, 3].map((n) => target(tenant, n, 8000 + n));
      const outcome = await targets.register(arn, wanted);
      expect(outcome).toMatchObject({ done: wanted, refused: [], full: false });
      expect(await list()).toEqual(wanted.map(text).toSorted());
      await targets.register(arn, wanted);
      expect(await list()).toHaveLength(3);
    },
  },
  {
    name: 'more targets than a call takes are all registered',
    run: async (tenant) => {
      const { arn, targets, list } = await openGroup(tenant);
      const wanted = Array.from({ length: 250 }, (_, index) => ({
        ...target(tenant, (index % 25) + 1),
        port: 8000 + Math.floor(index / 25),
      }));
      const many = tenant.region.endpoint.dials === 'loopback of the VPC address' ? wanted : spread(wanted);
      expect((await targets.register(arn, many)).done).toHaveLength(250);
      expect(await list()).toHaveLength(250);
    },
  },
  {
    name: 'a deregistered target serves no more',
    run: async (tenant) => {
      const { arn, targets } = await openGroup(tenant);
      const [stays, goes] = [target(tenant, 1), target(tenant, 2)];
      await targets.register(arn, [stays, goes]);
      const outcome = await targets.deregister(arn, [{ ...goes, health: 'healthy' }]);
      expect(outcome.done).toHaveLength(1);
      const left = (await targets.describe(arn)).filter(({ health }) => health !== 'draining' && health !== 'unused');
      expect(left.map(text)).toEqual([text(stays)]);
    },
  },
  {
    name: 'an address with two ports is two targets, and one of them goes alone',
    needs: ['portKeyed', 'draining'],
    run: async (tenant) => {
      const { arn, targets, list } = await openGroup(tenant);
      const [first, second] = [target(tenant, 1, 8080), target(tenant, 1, 9090)];
      await targets.register(arn, [first, second]);
      expect(await list()).toEqual([first, second].map(text));
      await targets.deregister(arn, [{ ...second, health: 'healthy' }]);
      const states = (await targets.describe(arn)).map((each) => `${text(each)} ${each.health}`);
      expect(states.toSorted()).toEqual([`${text(first)} initial`, `${text(second)} draining`]);
    },
  },
  {
    name: 'deregistering what is not registered is fine, and does not stop the others',
    needs: ['deregisterUnknown'],
    run: async (tenant) => {
      const { arn, targets } = await openGroup(tenant);
      await targets.register(arn, [target(tenant, 1)]);
      const both = [target(tenant, 9), target(tenant, 1)].map((each) => ({ ...each, health: 'healthy' as const }));
      expect(await targets.deregister(arn, both)).toMatchObject({ done: both, refused: [] });
    },
  },
  {
    name: 'where an unknown target is refused, the others are deregistered all the same',
    run: async (tenant) => {
      const { arn, targets } = await openGroup(tenant);
      const known = [1, 2, 3].map((n) => target(tenant, n));
      await targets.register(arn, known);
      const asked = [...known.slice(0, 2), target(tenant, 9), ...known.slice(2)];
      const { error } = await targets.deregister(
        arn,
        asked.map((each) => ({ ...each, health: 'healthy' as const })),
      );
      expect(error).toBeUndefined();
      const left = (await targets.describe(arn)).filter(({ health }) => health !== 'draining' && health !== 'unused');
      expect(left).toEqual([]);
    },
  },
  {
    name: 'of several targets only the one that AWS refuses is left out',
    needs: ['targetChecks', 'instances'],
    run: async (tenant) => {
      const arn = await tenant.scratch.targetGroup({ TargetType: 'instance' });
      const targets = openTargets(tenant.region.elb, () => 1);
      const instance = await tenant.scratch.instance([await tenant.scratch.securityGroup()]);
      const wrong = { uid: 'node-2', id: 'i-0123456789abcdef0', port: 30_080 };
      const right = { uid: 'node-1', id: instance, port: 30_080 };
      const outcome = await targets.register(arn, [wrong, right]);
      expect(outcome.done).toEqual([right]);
      expect(outcome.refused.map(({ target: each }) => each)).toEqual([wrong]);
    },
  },
];

/** An address each, for endpoints that may keep one port an address. */
const spread = (targets: Target[]): Target[] =>
  targets.map((each, index) => ({ ...each, id: each.id.replace(/\d+$/, String(index + 1)) }));
