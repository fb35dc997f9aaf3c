import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupNameOf, nameOf } from '../../src/model/names.ts';

/** DNS-1123, as names of Kubernetes objects are. */
const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/);
const pair = fc.tuple(name, name);
const nameOfPair = ([namespace, object]: [string, string]): string => nameOf(namespace, object, [namespace, object]);

test('S6: two objects have two names in AWS, wherever a hyphen stands', () => {
  expect(nameOfPair(['a', 'b-c'])).not.toBe(nameOfPair(['a-b', 'c']));
  fc.assert(
    fc.property(pair, pair, (one, other) => {
      fc.pre(one.join('/') !== other.join('/'));
      expect(nameOfPair(one)).not.toBe(nameOfPair(other));
    }),
  );
});

test('S6: the name of a group is none of an object', () => {
  fc.assert(
    fc.property(pair, name, (one, group) => {
      expect(groupNameOf(group, ['group', group])).not.toBe(nameOfPair(one));
    }),
  );
});
