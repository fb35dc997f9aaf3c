import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policyOf } from '../../../src/aws/policy.ts';
import { OPERATOR_RIGHTS } from '../../../src/kube/rights.ts';
import { RESOURCES } from '../../../src/kube/resources.ts';
import type { Finding } from '../../../src/model/doctor/finding.ts';
import { DoctorWorld, type Said } from './doctor-world.ts';
import type { FaultSet } from './fault.ts';
import { FAULT_SETS } from './faults.ts';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'doctor', AWS_SECRET_ACCESS_KEY: 'doctor', AWS_EC2_METADATA_DISABLED: 'true' };

let environment: NodeJS.ProcessEnv;
beforeAll(() => {
  environment = { ...process.env };
  Object.assign(process.env, CREDENTIALS, { HOME: '/nonexistent' });
});
afterAll(() => void Object.assign(process.env, environment));

const isUnwell = ({ level }: Finding): boolean => level === 'failure' || level === 'warning';
const nameOf = ({ reason, object }: Finding): string => `${reason} ${object}`;

/** All that stands in AWS and in the cluster. */
const stateOf = ({ aws, server }: DoctorWorld): string => {
  const kinds = ['/pods', '/configmaps', '/secrets', 'coordination.k8s.io/leases', 'networking.k8s.io/ingresses'];
  const maps = Object.values(aws.aws.state).map((each) => (each instanceof Map ? [...each] : each));
  return JSON.stringify([maps, kinds.map((kind) => server.store.list(kind))], (_key, value: unknown) =>
    value instanceof Map ? [...(value as Map<unknown, unknown>)] : value,
  );
};

describe('H11: a healthy installation', () => {
  let world: DoctorWorld;
  beforeAll(async () => void (world = await DoctorWorld.open()));
  afterAll(() => world.close());

  test('has neither failure nor warning', async () => {
    const { code, findings } = await world.diagnose();
    expect(findings.filter(isUnwell)).toEqual([]);
    expect(code).toBe(0);
  });

  test('nor for the account of the operator, with no right beyond its own', async () => {
    world.toKube.lies = { rights: OPERATOR_RIGHTS, reads: true };
    const { code, findings } = await world.diagnose();
    world.toKube.lies = {};
    expect(findings.filter(isUnwell)).toEqual([]);
    expect(code).toBe(0);
    expect(findings.filter(({ check, level }) => check === 'crds' && level === 'ok')).toHaveLength(4);
    expect(findings.filter(({ level }) => level === 'skipped').map(({ check }) => check)).toEqual([
      'injection',
      'peer',
    ]);
  });

  test('is not changed, in AWS or in the cluster', async () => {
    const before = stateOf(world);
    await world.diagnose();
    expect(stateOf(world)).toBe(before);
    expect(world.toKube.writes).toEqual([]);
    // What would be seen if it were.
    await fetch(`${world.toKube.url}/api/v1/namespaces/shop/configmaps`, { method: 'POST', body: '{}' });
    expect(world.toKube.writes).toEqual(['POST /api/v1/namespaces/shop/configmaps']);
    await world.addPod('another', { namespace: 'shop' });
    expect(stateOf(world)).not.toBe(before);
    await world.kube.delete(RESOURCES.pod, { namespace: 'shop', name: 'another', graceSeconds: 0 });
  });

  test('is told in lines, without colours, and its sum first', async () => {
    const { out } = await world.run(world.flags);
    expect(out[0]).toMatch(/^0 failures, 0 warnings, \d+ skipped, \d+ ok$/);
    expect(out.join('\n')).toMatch(/^ok +credentials +AWS credentials: are those of arn:aws:iam::\d+:user\/local$/m);
    expect(out.join('\n')).toMatch(
      /subnet subnet-\w+ \(eu-central-1a\): internet-facing: accepted; internal: its tag kubernetes.io\/role\/internal-elb is missing/,
    );
    expect(out.join('\n')).not.toContain('\u001B');
    const coloured = await world.run([...world.flags, '--no-aws'], { colour: true });
    expect(coloured.out.join('\n')).toContain('\n\u001B[32mok     \u001B[0m  settings ');
  });

  test('R20: what nobody may ask is skipped by name, with the action that would tell', async () => {
    const { vpcId } = world.aws.aws.settings;
    world.aws.aws.configure({ policies: { doctor: policyOf({ clusterName: 'local', vpcId }) } });
    const { code, findings } = await world.diagnose();
    world.aws.aws.configure({ policies: {} });
    const skipped = findings.filter(
      ({ check, level }) => level === 'skipped' && (check === 'iam' || check === 'quotas'),
    );
    expect(skipped.map(({ object }) => object).join(' ')).toContain('elasticloadbalancing:RegisterTargets');
    expect(skipped.map(({ message }) => message).join(' ')).toMatch(
      /perform: iam:SimulatePrincipalPolicy .* perform: elasticloadbalancing:DescribeAccountLimits/,
    );
    expect(findings.filter(isUnwell)).toEqual([]);
    expect(code).toBe(0);
  });

  test('needs no flags where the release is in the cluster', async () => {
    const { vpcId } = world.aws.aws.settings;
    const lines = ['apiVersion: podwire.dev/v1alpha1', 'kind: ControllerConfiguration', 'clusterName: local'];
    const config = [...lines, 'region: eu-central-1', `vpcId: ${vpcId}`, 'inject: webhook', ''].join('\n');
    const metadata = {
      name: 'podwire-config',
      namespace: 'podwire-system',
      labels: { 'app.kubernetes.io/name': 'podwire' },
    };
    await world.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'config.yaml': config } });
    const { code, out } = await world.run(['-n', 'podwire-system', '--no-aws']);
    await world.kube.delete(RESOURCES.configMap, { namespace: 'podwire-system', name: 'podwire-config' });
    expect(out.join('\n')).toContain(`settings: cluster local in eu-central-1, ${vpcId}`);
    expect(code).toBe(0);
    expect((await world.run(['-n', 'podwire-system', '--no-aws'])).code).toBe(1);
  });

  test.each([
    [['--output', 'yaml'], '--output: wanted text or json, given yaml'],
    [['--context'], '--context: wanted a value, given none'],
  ])('exits with 2 where it is asked wrongly: %j', async (args, sentence) => {
    expect(await world.run(args)).toEqual({ code: 2, out: [], told: [sentence] });
  });
});

describe.each(FAULT_SETS)('R16: $name', ({ faults, flags, env }: FaultSet) => {
  let world: DoctorWorld;
  let said: Said;
  beforeAll(async () => {
    world = await DoctorWorld.open();
    for (const { inject } of faults) await inject?.(world);
    Object.assign(process.env, env);
    for (const [name, value] of Object.entries(env ?? {})) if (value === undefined) delete process.env[name];
    said = await world.diagnose(flags?.(world));
    Object.assign(process.env, CREDENTIALS);
  });
  afterAll(() => world.close());

  test.each(faults)('$reason: $object', ({ reason, object, message }) => {
    const named = said.findings.filter(
      (one) => one.reason === reason && (typeof object === 'string' ? one.object === object : object.test(one.object)),
    );
    expect(named.map((one) => one.message)).toContainEqual(expect.stringMatching(message));
    for (const { cost, next } of named) expect(`${cost} ${next}`).not.toMatch(/[{}]\w|undefined/);
  });

  test('and nothing else', () => {
    const unwell = said.findings.filter(isUnwell);
    expect(unwell.map(nameOf).toSorted()).toHaveLength(faults.length);
    expect(said.code).toBe(unwell.some(({ level }) => level === 'failure') ? 1 : 0);
  });
});
