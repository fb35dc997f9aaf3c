import { expect, test } from 'vitest';
import { requestOf } from '../../../../src/local/aws/dataplane/served-request.ts';
import type { AwsState, Listener, Rule } from '../../../../src/local/aws/state.ts';

const AT = { loadBalancerArn: 'lb', listenerPort: 80 };
const listener = { arn: 'l', loadBalancerArn: 'lb', port: 80 } as Listener;
const rule = (priority: Rule['priority'], conditions: Rule['conditions']): [string, Rule] => [
  `r${priority}`,
  { arn: `r${priority}`, listenerArn: 'l', priority, conditions, actions: [], transforms: [], tags: {} } as Rule,
];
const state = (...rules: [string, Rule][]): Pick<AwsState, 'listeners' | 'rules'> => ({
  listeners: new Map([['l', listener]]),
  rules: new Map([rule('default', []), ...rules]),
});

test('a ready curl line asks for what the first rule takes', () => {
  const asked = requestOf(
    state(
      rule(2, [{ Field: 'host-header', Values: ['api.shop.localhost'] }]),
      rule(1, [
        { Field: 'host-header', Values: ['www.shop.localhost'] },
        { Field: 'path-pattern', Values: ['/cart', '/cart/*'] },
      ]),
    ),
    AT,
  );
  expect(asked).toEqual({ host: 'www.shop.localhost', path: '/cart' });
});

test('a wildcard is filled in, and a listener with its default rule alone is asked by its own name', () => {
  const wild = rule(1, [
    { Field: 'host-header', Values: ['*.shop.localhost'] },
    { Field: 'path-pattern', Values: ['/*'] },
  ]);
  expect(requestOf(state(wild), AT)).toEqual({ host: 'a.shop.localhost', path: '/' });
  expect(requestOf(state(), AT)).toEqual({});
  expect(requestOf(state(wild), { ...AT, listenerPort: 443 })).toEqual({});
});
