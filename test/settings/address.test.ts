import { expect, test } from 'vitest';
import { readAddress } from '../../src/settings/address.ts';

test.each([
  ['0.0.0.0:8080', { host: '0.0.0.0', port: 8080 }],
  [':9090', { host: '0.0.0.0', port: 9090 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['off', undefined],
])('address %s', (text, address) => expect(readAddress(text)).toEqual(address));
