import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { runLua } from '../lua.ts';

const ROOT = 'docs/argocd';
const KINDS = ['podwire.dev/LoadBalancer', 'podwire.dev/TargetGroup', 'elbv2.k8s.aws/TargetGroupBinding'];

type Tests = { tests: { healthStatus: { status: string; message: string }; inputPath: string }[] };

const textOf = (file: string): string => readFileSync(`${ROOT}/${file}`, 'utf8');

/** In Argo CD's own layout: a script, its test data, and what it is to make of each. */
describe.each(KINDS)('R6: the health script of %s', (kind) => {
  const script = textOf(`${kind}/health.lua`);
  const { tests } = load(textOf(`${kind}/health_test.yaml`)) as Tests;

  test.each(tests)('$inputPath is $healthStatus.status', async ({ healthStatus, inputPath }) => {
    expect(await runLua(script, load(textOf(`${kind}/${inputPath}`)))).toEqual(healthStatus);
  });

  test('every file of test data is used', () => {
    const used = tests.map(({ inputPath }) => inputPath.replace('testdata/', ''));
    expect(used.toSorted()).toEqual(readdirSync(`${ROOT}/${kind}/testdata`).toSorted());
  });

  test('it needs nothing that Argo CD takes away', () => {
    expect(script).not.toMatch(/\b(os|io|require|load|dofile|goto)\b|\/\/|[&|~]\s*\d|<const>/);
  });
});

test('control: the script tells an object that is ready from one that is not', async () => {
  const script = textOf('podwire.dev/TargetGroup/health.lua');
  const object = (status: string) => ({
    metadata: { generation: 1 },
    status: { observedGeneration: 1, conditions: [{ type: 'Ready', status, reason: 'R', message: 'm' }] },
  });
  const found = await Promise.all(['True', 'False'].map((status) => runLua(script, object(status))));
  expect(found.map(({ status }) => status)).toEqual(['Healthy', 'Progressing']);
});
