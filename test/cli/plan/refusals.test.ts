import { describe, expect, test } from 'vitest';
import { ingress } from '../../scenarios/manifests.ts';
import { openWorld } from '../../scenarios/world.ts';
import { folderOf, planIn, servedShop, stepsOf, textOf, WEB } from './plan-world.ts';

const GOOD = ingress({ name: 'good', rules: [{ host: 'good.example.com', service: 'web' }] });

const BAD: [string, object | string, RegExp][] = [
  ['a wrong value', WEB.ingress({ scheme: 'public' }), /^refused: Ingress shop\/shop: \w+: .*\/scheme\].*public/m],
  [
    'a field of the wrong type',
    { ...WEB.ingress(), spec: { rules: 7 } },
    /^refused: Ingress shop\/shop: NotReadable: spec\.rules: wanted a list, given 7$/m,
  ],
  ['no YAML', 'kind: [Ingress\n', /^refused: .*0\.yaml:\d: NotYaml: /m],
  [
    'no name',
    'kind: Ingress\napiVersion: networking.k8s.io/v1\n',
    /0\.yaml:1: NotAnObject: metadata\.name: wanted a string, given nothing$/m,
  ],
  [
    'a version that is not served any more',
    { ...WEB.ingress(), apiVersion: 'networking.k8s.io/v1beta1' },
    /^refused: Ingress shop: NotReadable: apiVersion: wanted networking\.k8s\.io\/v1, given networking\.k8s\.io\/v1beta1$/m,
  ],
  ['a list', '- 1\n- 2\n', /0\.yaml:1: NotAnObject: apiVersion: wanted a string/m],
];

describe('R17: bad manifests', { timeout: 120_000 }, () => {
  test.each(BAD)('%s is refused by object, field and reason, and the others are planned', async (_, bad, said) => {
    const world = await openWorld();
    await world.apply(WEB.service);
    const report = await planIn(world, ['-f', await folderOf(bad, GOOD)]);
    expect(textOf(report)).toMatch(said);
    expect(report.stacks.find(({ stack }) => stack === 'ingress/shop/good')?.steps.length).toBeGreaterThan(5);
  });

  test('one broken document leaves the others of its file', async () => {
    const world = await openWorld();
    await world.apply(WEB.service);
    const text = `# first\n---\nkind: [x\n---\n${JSON.stringify(GOOD)}\n`;
    const report = await planIn(world, ['-f', await folderOf(text)]);
    expect(report.refused.map(({ object }) => object)).toEqual([expect.stringMatching(/0\.yaml:[34]$/)]);
    expect(report.stacks).toHaveLength(1);
  });

  test('a List is what it holds, and a folder or a file that is not there is refused', async () => {
    const world = await openWorld();
    const list = { apiVersion: 'v1', kind: 'List', items: [WEB.service, GOOD] };
    const folder = await folderOf(list);
    const report = await planIn(world, ['-f', folder, '-f', await folderOf(), '-f', `${folder}/none.yaml`]);
    expect(report.stacks.map(({ stack }) => stack)).toEqual(['ingress/shop/good']);
    expect(report.refused.map(({ message }) => message.split(':')[0])).toEqual([
      'the folder has no .yaml, .yml or .json file',
      'ENOENT',
    ]);
  });

  test('what is refused keeps what is served, so that nothing would change', async () => {
    const world = await servedShop();
    const report = await planIn(world, ['-f', await folderOf(WEB.ingress({ scheme: 'public' }))]);
    expect(stepsOf(report)).toEqual([]);
    expect(report.refused).toHaveLength(1);
    expect(textOf(report)).toMatch(/note: .*Ingress shop\/shop is served as it was accepted last/);
  });

  test('an Ingress of another class is noted, and kinds that decide nothing are passed over', async () => {
    const world = await openWorld();
    const folder = await folderOf(
      ingress({ name: 'shop', class: 'nginx' }),
      'kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\n',
    );
    const report = await planIn(world, ['-f', folder]);
    expect([report.changes, report.refused]).toEqual([false, []]);
    expect(report.notes).toEqual([expect.stringMatching(/^Ingress shop\/shop is not served by Podwire: /)]);
  });

  test.each([
    [['--offline'], /--offline: wanted --state FILE with it/],
    [['-o', 'yaml'], /--output: wanted text or json, given yaml/],
    [['--prune'], /--prune: wanted --filename with it/],
    [['-f'], /--filename: wanted a value/],
    [['-f', 'x', 'ingress/y'], /given both/],
  ])('words %j are refused', async (words, said) => {
    await expect(planIn(await openWorld(), words)).rejects.toThrow(said);
  });
});
