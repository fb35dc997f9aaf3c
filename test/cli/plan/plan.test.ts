import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ingress, service } from '../../scenarios/manifests.ts';
import { openWorld } from '../../scenarios/world.ts';
import { folderOf, planIn, servedShop, settle, stepsOf, textOf, WEB } from './plan-world.ts';

const OTHER = ingress({ name: 'other', rules: [{ host: 'other.example.com', service: 'web' }] });

describe('R17: podwire plan', { timeout: 120_000 }, () => {
  test('for an empty cluster creates, in order, each step with its reason', async () => {
    const world = await openWorld();
    const report = await planIn(world, ['-f', await folderOf(WEB.service, WEB.ingress())]);
    expect(stepsOf(report)).toEqual([
      'ensureBackendSecurityGroup [none]',
      'createSecurityGroup [none]',
      'authorizeIngress [none]',
      'createTargetGroup [none]',
      'modifyTargetGroupAttributes [in place]',
      'createLoadBalancer [none]',
      'createListener [none]',
      'createRule [none]',
    ]);
    const text = textOf(report);
    expect(text).toMatch(/^ingress\/shop\/shop \(Ingress shop\/shop\)$/m);
    expect(text).toMatch(/^ {2}\+ target-group\/shop\/web:80: Service shop\/web port 80 is to receive requests$/m);
    expect(text).toMatch(/^8 steps in 1 load balancer: /m);
  });

  test('of what the operator has applied is empty, for the cluster, an Ingress and its manifest', async () => {
    const world = await servedShop();
    for (const words of [[], ['ingress/shop'], ['-f', await folderOf(WEB.service, WEB.ingress())]]) {
      const report = await planIn(world, words);
      expect([report.changes, report.refused]).toEqual([false, []]);
      expect(textOf(report)).toBe('ingress/shop/shop: no changes\n\nNo changes.');
    }
  });

  test('of a changed annotation changes in place', async () => {
    const world = await servedShop();
    const changed = WEB.ingress({ 'load-balancer-attributes': 'idle_timeout.timeout_seconds=120' });
    const report = await planIn(world, ['-f', await folderOf(changed)]);
    expect(stepsOf(report)).toEqual(['modifyLoadBalancerAttributes [in place]']);
    expect(textOf(report)).toContain('the attributes idle_timeout.timeout_seconds are to be set [in place]');
  });

  test('of a changed scheme replaces, and the DNS name changes', async () => {
    const world = await servedShop();
    const steps = stepsOf(await planIn(world, ['-f', await folderOf(WEB.ingress({ scheme: 'internet-facing' }))]));
    expect(steps).toContain('createLoadBalancer [DNS changes]');
    expect(steps).toContain('createTargetGroup [replaces]');
    expect(steps).toContain('deleteLoadBalancer [deletes]');
  });

  test('of a rule that is gone deletes it', async () => {
    const world = await openWorld();
    const rules = [{ host: 'shop.example.com', service: 'web' }];
    const both = [...rules, { host: 'api.example.com', service: 'api' }];
    await world.apply(WEB.service, WEB.slice, service({ name: 'api' }), ingress({ name: 'shop', rules: both }));
    await world.start();
    await settle(world);
    const steps = stepsOf(await planIn(world, ['-f', await folderOf(ingress({ name: 'shop', rules }))]));
    expect(steps).toEqual(['deleteRule [deletes]', 'deleteTargetGroup [deletes]']);
  });

  test('with --prune of an Ingress that is in no file deletes what is its own, and keeps it without', async () => {
    const world = await servedShop();
    await world.apply(OTHER);
    await settle(world);
    const folder = await folderOf(WEB.ingress());
    expect(stepsOf(await planIn(world, ['-f', folder]))).toEqual([]);
    expect(stepsOf(await planIn(world, ['-f', folder, '--prune']))).toEqual([
      'deleteLoadBalancer [deletes]',
      'deleteTargetGroup [deletes]',
      'deleteSecurityGroup [deletes]',
    ]);
  });

  test('of another target type drains the targets of the group that is replaced', async () => {
    const world = await servedShop();
    const node = service({ name: 'web', type: 'NodePort' });
    const report = await planIn(world, ['-f', await folderOf(node, WEB.ingress({ 'target-type': 'instance' }))]);
    expect(stepsOf(report)).toContain('createTargetGroup [replaces]');
    expect(stepsOf(report)).toContain('deleteTargetGroup [drains 2]');
    expect(textOf(report)).toBe(/plan -f shop\.yaml\n(.*?)\n```/s.exec(readFileSync('docs/plan.md', 'utf8'))?.[1]);
  });

  test('of a Service alone is about the load balancers that lead to it', async () => {
    const world = await servedShop();
    const renamed = {
      ...WEB.service,
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 8081, targetPort: 8080 }] },
    };
    const report = await planIn(world, ['-f', await folderOf(renamed)]);
    expect(report.stacks.map(({ stack }) => stack)).toEqual(['ingress/shop/shop']);
    expect(textOf(report)).toMatch(/Service shop\/web has no port 80/);
  });

  test('of an Ingress that joins a group deletes its own load balancer, and says that both serve it meanwhile', async () => {
    const world = await servedShop();
    const report = await planIn(world, ['-f', await folderOf(WEB.ingress({ 'group.name': 'edge' }))]);
    expect(report.stacks.map(({ stack }) => stack)).toEqual(['group/edge', 'ingress/shop/shop']);
    expect(stepsOf(report)).toEqual(
      expect.arrayContaining(['createLoadBalancer [none]', 'deleteLoadBalancer [deletes]']),
    );
    expect(textOf(report)).toMatch(/note: .*Ingress shop\/shop has moved/);
  });

  test('is carried out by the operator as it was told, and is then empty', async () => {
    const world = await servedShop();
    const changed = WEB.ingress({ 'inbound-cidrs': '10.0.0.0/8', 'healthcheck-path': '/ready' });
    const told = (await planIn(world, ['-f', await folderOf(changed)])).stacks[0]?.steps ?? [];
    const before = world.life.mutating.length;
    await world.apply(changed);
    await settle(world);
    const done = world.life.mutating.slice(before).filter((action) => !action.endsWith('Targets'));
    expect(told.length).toBeGreaterThan(0);
    expect(done.length).toBe(told.length);
    expect(textOf(await planIn(world))).toMatch(/No changes\.$/);
  });

  test('sees what was changed behind the back of the operator', async () => {
    const world = await servedShop();
    for (const group of world.aws.state.targetGroups.values()) group.healthCheck.path = '/elsewhere';
    expect(stepsOf(await planIn(world))).toEqual(['modifyTargetGroup [in place]']);
  });
});
