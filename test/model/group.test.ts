import { describe, expect, test } from 'vitest';
import { classify, compareMembers, ingressFinalizer, servicesOf, stackKeyOf } from '../../src/model/group.ts';
import { classOf, ingressOf, memberOf } from './cluster.ts';

const LEGACY = 'kubernetes.io/ingress.class';
const ours = classOf('podwire');
const peer = classOf('alb', { controller: 'ingress.k8s.aws/alb' });
const auto = classOf('auto', { controller: 'eks.amazonaws.com/alb' });
const classes = [ours, peer, auto];
const named = (className: string | undefined, annotations: Record<string, string> = {}) => {
  const { className: _, ...rest } = ingressOf('a');
  return { ...rest, ...(className !== undefined && { className }), annotations };
};

describe('classify', () => {
  test.each([
    ['our class', named('podwire'), classes, 'Class'],
    ['the class of somebody else', named('alb'), classes, 'OtherClass'],
    ['EKS Auto Mode', named('auto'), classes, 'EksAutoMode'],
    ['a class that is not there', named('gone'), classes, 'UnknownClass'],
    ['no class and no default', named(undefined), classes, 'NoClass'],
    ['no class and ours by default', named(undefined), [{ ...ours, isDefault: true }], 'DefaultClass'],
    ['the annotation beats the field', named('alb', { [LEGACY]: 'podwire' }), classes, 'Class'],
    ['the annotation beats the field, the other way', named('podwire', { [LEGACY]: 'alb' }), classes, 'OtherClass'],
    ['an old value that means us', named(undefined, { [LEGACY]: 'old' }), classes, 'LegacyClass'],
  ] as const)('%s', (...[, ingress, all, reason]) => {
    expect(classify(ingress, [...all], { legacyIngressClass: 'old' }).reason).toBe(reason);
  });

  test('of several default classes the newest counts', () => {
    const newer = { ...peer, isDefault: true, created: '2026-02-01T00:00:00Z' };
    expect(classify(named(undefined), [{ ...ours, isDefault: true }, newer]).ours).toBe(false);
  });

  test('what carries our finalizer stays ours when its class is gone, and leaves for a class that is there', () => {
    const held = { ...named('podwire'), finalizers: [ingressFinalizer()] };
    expect(classify(held, [])).toMatchObject({ ours: true, reason: 'ClassGone' });
    expect(classify({ ...held, className: 'alb' }, classes)).toMatchObject({ ours: false, reason: 'OtherClass' });
    expect(classify(named('podwire'), []).ours).toBe(false);
  });
});

describe('stackKeyOf', () => {
  const params = (spec: Record<string, unknown>) => ({ name: 'front', spec });

  test.each([
    ['an Ingress of its own', {}, undefined, { stack: 'ingress/shop/a' }],
    ['a group', { 'group.name': 'front' }, undefined, { stack: 'group/front' }],
    ['class parameters win', { 'group.name': 'other' }, params({ group: { name: 'front' } }), { stack: 'group/front' }],
    [
      'a bad name',
      { 'group.name': 'A B' },
      undefined,
      { problem: expect.objectContaining({ reason: 'InvalidValue' }) },
    ],
    [
      'bad parameters',
      {},
      params({ gruop: {} }),
      { problem: expect.objectContaining({ reason: 'InvalidClassParams' }) },
    ],
  ] as const)('%s', (...[, annotations, given, key]) => {
    expect(stackKeyOf({ ingress: ingressOf('a', annotations), ...(given && { params: given }) })).toEqual(key);
  });
});

test('members stand by group.order, then namespace, then name', () => {
  const members = [
    memberOf('b'),
    memberOf('a'),
    memberOf('z', { 'group.order': '-1' }),
    memberOf('y', { 'group.order': '1' }),
  ];
  expect(members.toSorted(compareMembers).map(({ ingress }) => ingress.name)).toEqual(['z', 'a', 'b', 'y']);
});

test('the Services of an Ingress are those of its rules, its default backend and its actions', () => {
  const action = JSON.stringify({
    type: 'forward',
    forwardConfig: { targetGroups: [{ serviceName: 'blue', servicePort: 80, weight: 1 }] },
  });
  const ingress = ingressOf('a', { 'actions.split': action, 'actions.broken': '{' });
  const withDefault = { ...ingress, defaultBackend: { service: 'fallback', port: { number: 80 } } };
  expect(servicesOf(withDefault)).toEqual(['blue', 'fallback', 'web']);
});
