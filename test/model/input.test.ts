import { expect, test } from 'vitest';
import { memberInput, readLastGood } from '../../src/model/input.ts';
import { memberOf } from './cluster.ts';

test('a last good input comes back as it was written', () => {
  const input = memberInput(memberOf('a', { scheme: 'internal' }));
  expect(readLastGood(JSON.stringify(input))).toEqual(input);
});

test.each([undefined, '', '{', 'null', '[]', '{"ingress":{}}', '{"ingress":{"rules":[],"tls":[],"annotations":{}}}'])(
  '%j is no last good input',
  (text) => {
    expect(readLastGood(text)).toBeUndefined();
  },
);
