import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GateFacts, type GateGroup, type GateTarget, judgeGate } from '../../src/model/gate.ts';
import { GATE_REASONS, type GateReason } from '../../src/model/gate-reasons.ts';

const target = (more: Partial<GateTarget> = {}): GateTarget => ({
  name: '10.0.1.3:8080',
  health: 'initial',
  claimed: true,
  looked: true,
  confirmed: false,
  ...more,
});

const group = (more: Partial<GateGroup> = {}): GateGroup => ({
  name: 'shop/web',
  gated: true,
  timeoutSeconds: 600,
  healthy: 0,
  ready: 0,
  ...more,
});

const facts = (more: Partial<GateFacts> = {}): GateFacts => ({
  addresses: ['10.0.1.3'],
  optedOut: false,
  groups: [group()],
  readySeconds: 5,
  ...more,
});

const HEALTHY = target({ health: 'healthy', confirmed: true });
const FAILS = target({
  health: 'unhealthy',
  reason: 'Target.ResponseCodeMismatch',
  description: 'Health checks failed with these codes: [500]',
  since: '2026-01-01T00:00:00.000Z',
});
const UNUSED = target({ health: 'unused', reason: 'Target.NotInUse', description: 'Target group is not configured' });

type Case = { name: string; given: Partial<GateFacts>; reason: GateReason; says?: string };

const of = (more: Partial<GateGroup>): Partial<GateFacts> => ({ groups: [group(more)] });

const CASES: Case[] = [
  { name: 'no address yet', given: { addresses: [] }, reason: 'NoAddress' },
  { name: 'selected by nothing', given: { groups: [] }, reason: 'NotATarget' },
  { name: 'opted out', given: { optedOut: true }, reason: 'NotATarget', says: 'opted out' },
  { name: 'a group that asks for no gate', given: of({ gated: false }), reason: 'NotATarget' },
  {
    name: 'cannot be a target',
    given: of({ leftOut: '100.64.0.1 is in no subnet' }),
    reason: 'NotATarget',
    says: 'in no subnet',
  },
  { name: 'not registered', given: of({}), reason: 'TargetNotRegistered' },
  {
    name: 'registered for somebody else',
    given: of({ target: target({ health: 'healthy', claimed: false }) }),
    reason: 'TargetNotRegistered',
  },
  {
    name: 'registered, not looked at',
    given: of({ target: target({ health: 'healthy', looked: false }) }),
    reason: 'TargetInitial',
  },
  {
    name: 'not checked yet',
    given: of({ target: target() }),
    reason: 'TargetInitial',
    says: 'target group shop/web: 10.0.1.3:8080 is initial',
  },
  {
    name: 'healthy, and not proven',
    given: of({ target: target({ health: 'healthy' }) }),
    reason: 'TargetUnconfirmed',
  },
  { name: 'proven healthy', given: of({ target: HEALTHY }), reason: 'TargetHealthy' },
  {
    name: 'proven healthy once, failing now',
    given: of({ target: target({ health: 'unhealthy', confirmed: true }) }),
    reason: 'TargetHealthy',
  },
  {
    name: 'health checks fail',
    given: of({ target: FAILS }),
    reason: 'TargetUnhealthy',
    says: 'target group shop/web: 10.0.1.3:8080 is unhealthy (Target.ResponseCodeMismatch: Health checks failed with these codes: [500]) since 2026-01-01T00:00:00.000Z',
  },
  {
    name: 'draining from an earlier pod',
    given: of({ target: target({ health: 'draining', claimed: false }) }),
    reason: 'TargetDraining',
  },
  { name: 'refused', given: of({ refused: 'not in the VPC' }), reason: 'TargetRefused', says: 'not in the VPC' },
  { name: 'not in use', given: of({ target: UNUSED }), reason: 'NotInUse' },
  {
    name: 'not in use as of before the registration',
    given: of({ target: { ...UNUSED, looked: false } }),
    reason: 'TargetInitial',
  },
  {
    name: 'unused for another reason',
    given: of({ target: target({ health: 'unused', reason: 'Target.IpUnusable' }) }),
    reason: 'TargetUnused',
  },
  {
    name: 'health checks off',
    given: of({ target: target({ health: 'unavailable', reason: 'Target.HealthCheckDisabled' }) }),
    reason: 'HealthChecksDisabled',
  },
  {
    name: 'health unknown to AWS itself',
    given: of({ target: target({ health: 'unavailable', reason: 'Elb.InternalError' }) }),
    reason: 'TargetInitial',
    says: '10.0.1.3:8080 is unavailable (Elb.InternalError)',
  },
  {
    name: 'one of two groups is not there',
    given: { groups: [group({ target: HEALTHY }), group({ name: 'shop/api', target: target() })] },
    reason: 'TargetInitial',
    says: 'shop/api',
  },
  {
    name: 'one proven, one not in use',
    given: { groups: [group({ target: HEALTHY }), group({ target: UNUSED })] },
    reason: 'TargetHealthy',
  },
  {
    name: 'a target group that is to come',
    given: { groups: [], pending: { service: 'web', seconds: 0 } },
    reason: 'TargetGroupPending',
    says: 'Service web',
  },
  {
    name: 'a target group that does not come',
    given: { groups: [], pending: { service: 'web', seconds: 60 } },
    reason: 'NotATarget',
  },
  {
    name: 'late, and nothing is left',
    given: { ...of({ target: FAILS }), readySeconds: 600 },
    reason: 'TimedOutNothingToProtect',
  },
  {
    name: 'late, and a ready pod is left',
    given: { ...of({ target: FAILS, ready: 1 }), readySeconds: 600 },
    reason: 'TimedOutProtecting',
  },
  {
    name: 'late, and a healthy target is left',
    given: { ...of({ target: FAILS, healthy: 1 }), readySeconds: 6000 },
    reason: 'TimedOutProtecting',
  },
  {
    name: 'AWS silent for a while',
    given: of({ failing: { seconds: 59, message: '503' } }),
    reason: 'AwsError',
    says: '503',
  },
  {
    name: 'AWS silent for a minute, nobody ready',
    given: { ...of({ failing: { seconds: 60, message: '503' } }), readySeconds: 60 },
    reason: 'AwsUnavailable',
  },
  {
    name: 'AWS silent for a minute, somebody ready',
    given: { ...of({ failing: { seconds: 600, message: '503' }, ready: 2 }), readySeconds: 60 },
    reason: 'AwsError',
  },
  {
    name: 'opened by hand',
    given: { ...of({}), condition: { status: 'True', reason: 'ByHand', message: '' } },
    reason: 'OpenedByHand',
  },
];

describe('the verdict on one gate', () => {
  test.each(CASES)('$name: $reason', ({ given, reason, says }) => {
    const verdict = judgeGate(facts(given));
    expect(verdict).toMatchObject({ status: GATE_REASONS[reason].status, reason });
    expect(verdict.message).toContain(says ?? '');
  });

  test('every reason is met', () => {
    const met = new Set<string>([...CASES.map(({ reason }) => reason), 'SwitchedOff']);
    expect(Object.keys(GATE_REASONS).filter((reason) => !met.has(reason))).toEqual([]);
  });

  test('a zone that is not enabled opens with a warning', () => {
    const description = 'Target is in an Availability Zone that is not enabled for the load balancer';
    const verdict = judgeGate(facts(of({ target: { ...UNUSED, description } })));
    expect([verdict.reason, verdict.warning?.reason]).toEqual(['NotInUse', 'ZoneNotEnabled']);
  });

  test('where nobody is ready, where AWS was not asked since the start: it stays closed', () => {
    const { healthy: _, ...unasked } = group();
    expect(judgeGate(facts({ groups: [unasked], readySeconds: 6000 })).status).toBe('False');
  });

  test('a closed gate says when it may open without news', () => {
    expect(judgeGate(facts({ readySeconds: 590 })).againSeconds).toBe(10);
    expect(judgeGate(facts(of({ failing: { seconds: 58, message: '' } }))).againSeconds).toBe(2);
    expect(judgeGate(facts({ groups: [], pending: { service: 'web', seconds: 59 } })).againSeconds).toBe(1);
  });
});

const arbitraryTarget = fc.record({
  name: fc.constant('10.0.1.3:8080'),
  health: fc.constantFrom<GateTarget['health']>(
    'unknown',
    'initial',
    'healthy',
    'unhealthy',
    'unused',
    'draining',
    'unavailable',
  ),
  reason: fc.constantFrom('Target.NotInUse', 'Target.HealthCheckDisabled', 'Elb.InternalError'),
  claimed: fc.boolean(),
  looked: fc.boolean(),
  confirmed: fc.boolean(),
});
/** What AWS says of a target that it never checks. */
const UNCHECKED = ['unused Target.NotInUse', 'unavailable Target.HealthCheckDisabled'];
const arbitraryGroup = fc
  .record({
    target: fc.option(arbitraryTarget, { nil: undefined }),
    gated: fc.boolean(),
    healthy: fc.nat(2),
    ready: fc.nat(2),
    seconds: fc.nat(120),
  })
  .map(({ target: known, seconds, ...more }) =>
    group({ ...more, ...(known && { target: known }), ...(seconds > 60 && { failing: { seconds, message: 'x' } }) }),
  );
const arbitraryFacts = fc
  .record({ groups: fc.array(arbitraryGroup, { maxLength: 3 }), readySeconds: fc.nat(1_200) })
  .map(facts);

describe('for any facts', () => {
  test('it is never open for a proof that some group in use lacks', () =>
    fc.assert(
      fc.property(arbitraryFacts, (given) => {
        fc.pre(judgeGate(given).reason === 'TargetHealthy');
        const used = given.groups.filter(({ gated, target: known }) => {
          const seen = known?.claimed === true && known.looked;
          return gated && !(seen && UNCHECKED.includes(`${known.health} ${known.reason ?? ''}`));
        });
        expect(used.map(({ target: known }) => [known?.claimed, known?.confirmed])).toEqual(
          used.map(() => [true, true]),
        );
      }),
      { numRuns: 500 },
    ));

  test('while a pod of the Service is ready, only what AWS or the user said opens it', () =>
    fc.assert(
      fc.property(arbitraryFacts, (given) => {
        const groups = given.groups.map((one) => ({ ...one, ready: 1 }));
        expect(['TimedOutNothingToProtect', 'AwsUnavailable']).not.toContain(judgeGate({ ...given, groups }).reason);
      }),
      { numRuns: 2_000 },
    ));

  test('once open it stays open for the address, whatever happens, and for no other', () =>
    fc.assert(
      fc.property(arbitraryFacts, arbitraryFacts, (before, after) => {
        const condition = judgeGate(before);
        fc.pre(condition.status === 'True');
        expect(judgeGate({ ...after, condition })).toMatchObject({ status: 'True', reason: condition.reason });
        const moved = { ...after, condition, addresses: ['10.0.9.9'] };
        expect(judgeGate(moved).status).toBe(
          judgeGate({ ...moved, condition: { status: 'False', reason: '', message: '' } }).status,
        );
      }),
      { numRuns: 1_000 },
    ));
});
