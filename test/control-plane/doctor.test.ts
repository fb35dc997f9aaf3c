import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { NAMES } from '../../src/admission/installation.ts';
import { USUAL_INSTALLATION } from '../../src/admission/manifests.ts';
import { command } from '../../src/cli/doctor.ts';
import type { NewObject } from '../../src/kube/api.ts';
import { microTime } from '../../src/kube/micro-time.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { OPERATOR_RIGHTS, type Right, ruleOf } from '../../src/kube/rights.ts';
import { readManifests } from '../../src/local/manifests.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { until } from '../../src/local/until.ts';
import type { Finding } from '../../src/model/doctor/finding.ts';
import { realClock as clock } from '../../src/runtime/clock.ts';
import { manifestsOf } from '../injection/ways.ts';
import { describeOnControlPlane } from './fixture.ts';

const { namespace, serviceAccount } = USUAL_INSTALLATION;
const USER = `system:serviceaccount:${namespace}:${serviceAccount}`;
const FLAGS = ['--cluster-name', 'local', '--region', 'eu-central-1', '--vpc-id', 'vpc-1', '--inject', 'policy'];

const role = (kind: 'Role' | 'ClusterRole', rules: object[]): object[] => {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name: 'podwire', ...(kind === 'Role' && { namespace }) };
  const subjects = [{ kind: 'ServiceAccount', name: serviceAccount, namespace }];
  const roleRef = { apiGroup: group, kind, name: 'podwire' };
  return [
    { apiVersion: `${group}/v1`, kind, metadata, rules },
    { apiVersion: `${group}/v1`, kind: `${kind}Binding`, metadata, subjects, roleRef },
  ];
};

const rolesOf = (rights: readonly Right[]): object[] => {
  const rules = (scope: Right['scope']) => rights.filter((right) => right.scope === scope).map(ruleOf);
  return [...role('ClusterRole', rules('cluster')), ...role('Role', rules('own namespace'))];
};

describeOnControlPlane('H11: doctor on a real control plane', (fixture) => {
  let operator = '';

  beforeAll(async () => {
    const { kubectl, controlPlane, dir } = fixture();
    const files = await readdir(shippedFile('crds'));
    const crds = await Promise.all(files.map((file) => readManifests(shippedFile('crds', file))));
    await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await kubectl.apply(...crds.flat(), ...rolesOf(OPERATOR_RIGHTS));
    await kubectl.apply(
      ...manifestsOf('podwire-defaults.yaml'),
      ...manifestsOf('policy.yaml'),
      ...manifestsOf('guard.yaml'),
    );
    operator = join(dir, 'operator.kubeconfig');
    await writeFile(operator, kubeconfigOf(controlPlane));
    await hold();
  });

  const kubeconfigOf = ({ url, certificateAuthority, token }: ReturnType<typeof fixture>['controlPlane']): string => {
    const authority = Buffer.from(certificateAuthority).toString('base64');
    return JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: url, 'certificate-authority-data': authority } }],
      users: [{ name: 'u', user: { token, as: USER } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
  };

  /** The lease as an operator that runs elsewhere has just renewed it. */
  const hold = async (): Promise<void> => {
    const spec = { holderIdentity: 'elsewhere_1', renewTime: microTime(clock.now()), leaseDurationSeconds: 60 };
    const body = { metadata: { namespace, name: 'podwire' }, spec } as NewObject;
    const patch = { type: 'apply', body, fieldManager: 'test', force: true } as const;
    await fixture().api.patch(RESOURCES.lease, { namespace, name: 'podwire' }, patch);
  };

  const ask = async (kubeconfig: string): Promise<Finding[]> => {
    const out: string[] = [];
    const asked = [...FLAGS, '--kubeconfig', kubeconfig, '-n', namespace, '--no-aws', '-o', 'json'];
    await command.run(asked, {
      env: {},
      out: (line) => void out.push(line),
      tell: (line) => void out.push(line),
      signal: new AbortController().signal,
    });
    return (JSON.parse(out.join('\n')) as { findings: Finding[] }).findings;
  };
  const asOperator = () => ask(operator);
  const asAdmin = () => ask(fixture().controlPlane.kubeconfig);
  /** An API server publishes the schema of a new CustomResourceDefinition some time after it serves it: until then doctor can't tell. */
  const onceItSeesEveryCrd = (): Promise<Finding[]> =>
    until('the published schemas', async () => {
      const findings = await asOperator();
      return findings.every(({ check, level }) => check !== 'crds' || level !== 'skipped') && findings;
    });
  const unwell = (findings: Finding[]): string[] =>
    findings
      .filter(({ level }) => level === 'failure' || level === 'warning')
      .map(({ reason, message }) => `${reason}: ${message}`);
  const told = (what: string, asking: () => Promise<Finding[]>, found: RegExp): Promise<unknown> =>
    until(what, async () => unwell(await asking()).some((line) => found.test(line)));

  test('the operator, with its own rights and no others, finds nothing wrong', async () => {
    const findings = await onceItSeesEveryCrd();
    expect(unwell(findings)).toEqual([]);
    const well = findings.filter(({ level }) => level === 'ok').map(({ check, message }) => `${check}: ${message}`);
    expect(well).toContain(`api-server: answers ${USER}`);
    expect(well.filter((line) => line.startsWith('crds:'))).toEqual([
      'crds: serves v1 and lacks nothing',
      'crds: serves v1 and lacks nothing',
      'crds: serves v1beta1 and lacks nothing',
      'crds: serves v1beta1 and lacks nothing',
    ]);
    expect(well).toContain('injection: is there, and bound');
    expect(well.filter((line) => line.startsWith('api-rights:'))).toHaveLength(1);
  });

  test('nor does an administrator, who sees the guard too', async () => {
    const findings = await asAdmin();
    expect(unwell(findings)).toEqual([]);
    expect(findings.filter(({ check, level }) => check === 'injection' && level === 'ok')).toHaveLength(2);
  });

  test('a rule that is taken away is named', async () => {
    const { kubectl } = fixture();
    const less = OPERATOR_RIGHTS.filter(({ resource }) => resource !== RESOURCES.endpointSlice);
    await kubectl.apply(...rolesOf(less));
    await told(
      'the missing right',
      asOperator,
      /^RightMissing: may not watch endpointslices\.discovery\.k8s\.io in all namespaces$/,
    );
    await kubectl.apply(...rolesOf(OPERATOR_RIGHTS));
  });

  test('H2: what an older CustomResourceDefinition lacks is named, also to who may not read it', async () => {
    const { kubectl } = fixture();
    const [crd] = await readManifests(shippedFile('crds', 'podwire.dev_targetgroups.yaml'));
    const older = structuredClone(crd) as unknown as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
    delete older.spec.versions[0]?.schema.openAPIV3Schema.properties['spec']?.properties['drain'];
    await kubectl.apply(older as unknown as object);
    const lack = /^CrdLacks: v1 lacks the field spec\.drain/;
    await told('what it lacks, by its object', asAdmin, lack);
    await told('what it lacks, by what is published', asOperator, lack);
  });

  test('a policy without its binding, and a guard that is gone', async () => {
    const { kubectl } = fixture();
    await kubectl('delete', 'mutatingadmissionpolicybinding', NAMES.policy);
    await kubectl('delete', 'validatingadmissionpolicy', NAMES.guard);
    await told('the binding', asOperator, /^PolicyNotBound: it has no binding/);
    await told('the guard', asAdmin, /^GuardMissing: it is not there/);
  });
});

type Schema = { properties: Record<string, { properties: Record<string, unknown> }> };
