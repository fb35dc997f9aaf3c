import { describe, expect, test } from 'vitest';
import { CHECK_NAMES } from '../../../src/model/doctor/checks.ts';
import type { DoctorFacts, InjectionFacts } from '../../../src/model/doctor/facts.ts';
import { type Finding, found, inOrder, isSkipped, isWell, LEVELS } from '../../../src/model/doctor/finding.ts';
import { judge } from '../../../src/model/doctor/judge.ts';
import { REASONS, type Reason } from '../../../src/model/doctor/reasons.ts';
import { tellFindings } from '../../../src/model/doctor/report.ts';
import { FAULT_SETS } from '../../cli/doctor/faults.ts';

const unknown = { unknown: 'not asked' };
const NOTHING: DoctorFacts = {
  now: '2026-01-01T00:00:00Z',
  settings: { problems: ['none'] },
  release: { name: 'podwire', namespace: 'podwire-system' },
  api: { trouble: 'unreachable', server: 'https://nowhere', message: 'away' },
  nodes: unknown,
  kubelets: unknown,
  rights: unknown,
  crds: unknown,
  injection: unknown,
  operator: unknown,
  lease: unknown,
  peer: { pods: unknown, webhooks: unknown },
  objects: unknown,
  pods: unknown,
  aws: unknown,
};

const SETTINGS = {
  controllerId: '',
  clusterName: 'shop',
  region: 'eu-central-1',
  vpcId: 'vpc-1',
  defaultScheme: 'internal',
  leaderElect: true,
  leaseName: 'podwire',
  leaseNamespace: 'podwire-system',
  leaseDurationSeconds: 10,
  inject: 'auto',
  webhookSecret: 'podwire-webhook',
  ownNamespace: 'podwire-system',
} as const;

const yes = { value: true };
const POLICY: InjectionFacts = {
  policyServed: yes,
  policy: yes,
  binding: yes,
  guard: yes,
  webhook: { value: 'absent' },
};

const injected = (injection: Partial<InjectionFacts>): Finding[] =>
  judge({ ...NOTHING, settings: { value: SETTINGS }, injection: { value: { ...POLICY, ...injection } } }).filter(
    ({ check }) => check === 'injection',
  );

/** What the local cluster has no kinds for. */
const BY_FACTS: Partial<Record<Reason, Finding[]>> = {
  PolicyNotBound: injected({ binding: { value: false } }),
  GuardMissing: injected({ guard: { value: false } }),
};

describe('R16: findings', () => {
  test.each(Object.entries(BY_FACTS))('%s', (reason, findings) => {
    const unwell = findings.filter(({ level }) => level !== 'ok');
    expect(unwell.map((one) => one.reason)).toEqual([reason]);
    expect(injected({}).every(({ level }) => level === 'ok')).toBe(true);
  });

  test('every reason has a fault that is made', () => {
    const made = FAULT_SETS.flatMap(({ faults }) => faults.map(({ reason }) => reason));
    expect(Object.keys(REASONS).filter((reason) => !made.includes(reason as Reason))).toEqual(Object.keys(BY_FACTS));
  });

  test('H13: a release with another id serves beside ours, one with the same is a second one', () => {
    const pod = { name: 'podwire-0', ready: true, trouble: '' };
    const own = { ...pod, namespace: 'podwire-system', instance: 'podwire', controllerId: '' };
    const judged = (controllerId: string) =>
      judge({
        ...NOTHING,
        settings: { value: SETTINGS },
        release: { name: 'podwire', namespace: 'podwire-system' },
        operator: {
          value: [own, { ...own, name: 'podwire-1' }, { ...pod, namespace: 'a', instance: 'b', controllerId }],
        },
      }).filter(({ object }) => object === 'release a/b');
    expect(judged('')).toMatchObject([{ reason: 'SecondRelease', level: 'failure' }]);
    expect(judged('blue')).toMatchObject([{ level: 'ok', message: 'serves beside this one, as controllerId blue' }]);
  });

  test('what is not known is skipped with the reason, never well', () => {
    const findings = judge(NOTHING);
    expect(findings.filter(({ level }) => level === 'ok')).toEqual([]);
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(CHECK_NAMES));
    const skipped = findings.filter(({ level }) => level === 'skipped');
    expect(skipped.filter(({ message }) => message === '')).toEqual([]);
  });

  test('the worst comes first, each in the order of the checks', () => {
    const mixed = [
      isWell('settings', 'a', 'b'),
      isSkipped('settings', 'a', 'b'),
      found('OneReplica', { object: 'a', message: 'b' }),
      found('NoSubnets', { object: 'a', message: 'b' }),
      found('CrdMissing', { object: 'a', message: 'b' }),
    ];
    const sorted = inOrder(mixed);
    expect(sorted.map(({ level }) => LEVELS.indexOf(level))).toEqual([0, 0, 1, 2, 3]);
    expect(sorted[0]?.reason).toBe('CrdMissing');
  });

  test('what is not well is told with its check, its cost and the next command', () => {
    const words = { release: 'pw', chart: 'charts/podwire', namespace: 'system' };
    expect(
      tellFindings([found('OneReplica', { object: 'release system/pw', message: 'has one replica', words })]),
    ).toEqual([
      '0 failures, 1 warning, 0 skipped, 0 ok',
      '',
      'WARNING  OneReplica: release system/pw: has one replica',
      '         check  operator',
      `         costs  ${REASONS.OneReplica.cost}`,
      '         next   helm upgrade pw charts/podwire --namespace system --reuse-values --set replicaCount=2',
    ]);
  });
});
