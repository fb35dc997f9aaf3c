import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fencedApi } from '../../../src/aws/fence.ts';
import type { Policy } from '../../../src/aws/policy.ts';
import { command } from '../../../src/cli/plan.ts';
import { apisOf, readState, recordState, writeState } from '../../../src/cli/plan/state.ts';
import { Denied } from '../../../src/errors.ts';
import { ingress } from '../../scenarios/manifests.ts';
import type { World } from '../../scenarios/world.ts';
import { folderOf, planIn, servedShop, sourcesOf, stepsOf, WEB } from './plan-world.ts';

async function recordIn(world: World): Promise<string> {
  const file = join(await folderOf(), 'state.json');
  await writeState(file, await recordState(await sourcesOf(world)));
  return file;
}

async function run(args: string[]): Promise<{ code: number; out: string; told: string }> {
  const [out, told]: [string[], string[]] = [[], []];
  const code = await command.run(args, {
    env: {},
    out: (line) => void out.push(line),
    tell: (line) => void told.push(line),
    signal: new AbortController().signal,
  });
  return { code, out: out.join('\n'), told: told.join('\n') };
}

const CHANGES = [
  WEB.ingress(),
  WEB.ingress({ scheme: 'internet-facing' }),
  WEB.ingress({ 'load-balancer-attributes': 'idle_timeout.timeout_seconds=120' }),
  WEB.ingress({ 'target-group-attributes': 'slow_start.duration_seconds=30' }),
  WEB.ingress({ 'target-type': 'instance' }),
  WEB.ingress({ 'group.name': 'edge' }),
  ingress({ name: 'new', rules: [{ host: 'new.example.com', service: 'web' }] }),
];

describe('R17: a recorded state', { timeout: 120_000 }, () => {
  test('gives the same plans as AWS and the cluster did, whatever the manifests', async () => {
    const world = await servedShop();
    const file = await recordIn(world);
    const live = await sourcesOf(world);
    const { objects } = await readState(file);
    const replayed = { ...live, ...apisOf(await readState(file), file), objects };
    for (const change of [...CHANGES, undefined]) {
      const words = change === undefined ? [] : ['-f', await folderOf(change), '--prune'];
      expect(await planIn(world, words, replayed)).toEqual(await planIn(world, words, live));
    }
  });

  test('is all that the command needs, and its exit code says whether something would change', async () => {
    const file = await recordIn(await servedShop());
    const offline = ['--state', file, '--offline', '-n', 'shop'];
    expect(await run(offline)).toMatchObject({ code: 0, out: 'ingress/shop/shop: no changes\n\nNo changes.' });
    const changed = await run([...offline, '-f', await folderOf(CHANGES[1] as object), '-o', 'json']);
    expect(changed.code).toBe(1);
    expect(JSON.parse(changed.out)).toMatchObject({ kind: 'Plan', changes: true, refused: [], summary: { held: 2 } });
    expect((await run([...offline, 'ingress/shpo'])).told).toBe(
      'ingress shop/shpo: there is none of that name; did you mean ingress/shop?',
    );
  });

  test('holds no secret: of annotations only those that decide', async () => {
    const world = await servedShop();
    await world.annotate('shop', { 'example.com/password': 'hunter2' });
    expect(await readFile(await recordIn(world), 'utf8')).not.toMatch(/hunter2/);
  });

  test.each([
    ['', /wanted podwire\.dev\/v1alpha1 RecordedState/],
    ['{"kind":"List"}', /given \{"kind":"List"\}/],
    [undefined, /cannot be read: ENOENT/],
  ])('that is none is refused: %s', async (text, said) => {
    const file = join(await folderOf(), 'state.json');
    if (text !== undefined) await writeFile(file, text);
    const { code, told } = await run(['--state', file, '--offline']);
    expect([code, told]).toEqual([2, expect.stringMatching(said)]);
  });

  test('that lacks an answer says so, and what was asked', async () => {
    const world = await servedShop();
    const file = await recordIn(world);
    const state = await readState(file);
    const calls = Object.fromEntries(Object.entries(state.calls).filter(([call]) => !call.startsWith('describeRules')));
    await writeState(file, { ...state, calls });
    const { code, out } = await run(['--state', file, '--offline', '-n', 'shop']);
    expect([code, out]).toEqual([2, expect.stringMatching(/has no answer to describeRules .*: record it anew/)]);
  });
});

/** What docs/plan.md says that a reader of AWS has to be allowed. */
const READER = JSON.parse(/```json\n(.*?)```/s.exec(readFileSync('docs/plan.md', 'utf8'))?.[1] ?? '') as Policy;

describe('R17: a plan reads', { timeout: 120_000 }, () => {
  test('with rights to read alone, and AWS hears no call that changes anything', async () => {
    const world = await servedShop();
    world.aws.configure({ policies: { ...world.aws.settings.policies, reader: READER } });
    const sources = await sourcesOf(world, 'reader');
    const changing: string[] = [];
    const check = (): never => {
      changing.push('a call');
      throw new Denied('anything', 'a plan changes nothing');
    };
    const watched = { ...sources, elb: fencedApi(sources.elb, check), ec2: fencedApi(sources.ec2, check) };
    for (const change of CHANGES) {
      const report = await planIn(world, ['-f', await folderOf(change), '--prune'], watched);
      expect(report.refused.filter(({ reason }) => reason === 'Denied')).toEqual([]);
    }
    expect((await recordState(watched)).calls).not.toEqual({});
    expect(changing).toEqual([]);
  });

  test('without one of these rights it names the right and what is planned for nothing', async () => {
    const world = await servedShop();
    const [statement] = READER.Statement;
    const Action = statement?.Action.filter((action) => !action.endsWith('DescribeRules')) ?? [];
    const policy = { ...READER, Statement: [{ ...statement, Action }] } as Policy;
    world.aws.configure({ policies: { ...world.aws.settings.policies, reader: policy } });
    const report = await planIn(world, [], await sourcesOf(world, 'reader'));
    expect(report.refused).toEqual([
      { object: 'ingress/shop/shop', reason: 'Denied', message: expect.stringMatching(/DescribeRules/) },
    ]);
    expect(stepsOf(report)).toEqual([]);
  });
});
