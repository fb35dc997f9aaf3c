import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoReport } from '../../src/local/demo/report.ts';
import { podwire } from './podwire.ts';

let dir = '';
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'podwire-cli-'))));
afterAll(() => rm(dir, { recursive: true }));

const REQUIRED = ['--cluster-name', 'shop', '--region', 'eu-central-1', '--vpc-id', 'vpc-1'];
const kubeconfig = async (name: string, text: string): Promise<string[]> => {
  await writeFile(join(dir, name), text);
  return ['--kubeconfig', join(dir, name)];
};

describe('a person at a terminal', () => {
  test('sees the commands', async () => {
    const { code, out } = await podwire([]);
    expect(code).toBe(0);
    for (const command of ['run', 'local', 'demo']) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test('is told the nearest command', async () => {
    const { code, told } = await podwire(['demmo']);
    expect(code).toBe(2);
    expect(told).toContain('unknown command "demmo"; did you mean "demo"?');
  });

  test('is told every required setting that is missing, with its variables', async () => {
    const { code, told } = await podwire(['run']);
    expect(code).toBe(2);
    for (const name of ['--cluster-name', '--region', '--vpc-id']) expect(told).toContain(`${name} is required`);
  });

  test('is told what is wrong with a kubeconfig, in one line', async () => {
    const context = { clusters: [], users: [], contexts: [], 'current-context': 'prod' };
    const cases: [string[], RegExp][] = [
      [['--kubeconfig', join(dir, 'nowhere')], /nowhere: there is no such file/],
      [await kubeconfig('empty', '{}'), /context/],
      [await kubeconfig('stranger', JSON.stringify(context)), /prod/],
      [await kubeconfig('garbage', '<html>'), /garbage/],
    ];
    for (const [flags, wanted] of cases) {
      const { code, told } = await podwire(['run', ...REQUIRED, ...flags]);
      expect(code).toBe(1);
      expect(told.trim().split('\n')).toHaveLength(1);
      expect(told).toMatch(wanted);
    }
  });
});

test('the demo loses no request where Podwire protects, some where it does not, and leaves nothing behind', {
  timeout: 300_000,
}, async () => {
  const report = join(dir, 'report.json');
  const { code, out, told } = await podwire(['demo', '--report', report], { limitMs: 290_000, env: { TMPDIR: dir } });
  expect({ code, told, out: code === 0 ? '' : out }).toEqual({ code: 0, told: '', out: '' });
  const found = JSON.parse(await readFile(report, 'utf8')) as DemoReport;
  expect(found.phases.map(({ name }) => name)).toContain('rolling update');
  for (const { requests, failed } of found.phases)
    expect({ some: requests > 0, failed }).toEqual({ some: true, failed: 0 });
  expect(found.unprotected.map(({ name, failed }) => ({ name, some: failed > 0 }))).toEqual([
    { name: 'rolling update', some: true },
  ]);
  expect(found.budget).toEqual({ detect: 2, hold: 0, controllerGap: 4, propagation: 5, margin: 1, preStop: 12 });
  expect(found.lagMs).toEqual({ min: 1_000, max: 4_000 });
  expect(found.leftovers).toEqual([]);
  expect(found.awsCalls['CreateLoadBalancer']).toBe(3);
});
