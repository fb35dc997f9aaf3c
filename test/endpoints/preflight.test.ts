import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { CAPABILITY_NAMES, can, type Measured, measure } from './capabilities.ts';
import { complaintOf, DEVIATIONS } from './deviations.ts';
import { givenEndpoint } from './endpoint.ts';
import { openApis } from './region.ts';
import { capabilityTable } from './table.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A region of an endpoint that answers every call in one way. */
async function regionThatSays(status: number, body: string) {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const endpoint = givenEndpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { endpoint, ...openApis(endpoint), vpcId: 'vpc-1', subnets: [], accountId: '123456789012' };
}

describe('the preflight', () => {
  test.each([
    [
      '501',
      501,
      '<ErrorResponse><Error><Code>InternalFailure</Code><Message>no licence</Message></Error></ErrorResponse>',
    ],
    ['a page of HTML with 500', 500, '<!doctype html><html><title>NotImplementedError</title><p>oops'],
    ['400 with an unknown action', 400, '<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>'],
  ])('takes %s as "cannot", whatever it asks for', async (_name, status, body) => {
    const measured = await measure(await regionThatSays(status, body));
    expect(CAPABILITY_NAMES.filter((name) => can(measured, name))).toEqual([]);
  });
});

describe('a deviation', () => {
  const asAws = Object.fromEntries(CAPABILITY_NAMES.map((name) => [name, 'yes'])) as Measured;

  test('that is known and no longer there is a complaint', () => {
    expect(complaintOf('moto', 'portKeyed', asAws)).toContain('take the line out');
  });

  test('that is there and not known is a complaint, with what AWS does', () => {
    const measured = { ...asAws, draining: 'gone at once' };
    expect(complaintOf('local AWS', 'draining', measured)).toMatch(/gone at once.*draining.*https:/);
  });

  test('that is known and there is none', () => {
    expect(complaintOf('moto', 'portKeyed', { ...asAws, portKeyed: 'targets: 1' })).toBeUndefined();
  });

  test('is named once', () => {
    const keys = DEVIATIONS.map(({ endpoint, capability }) => `${endpoint} ${capability}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('docs/endpoints.md shows the capabilities as they are known', () => {
  expect(readFileSync('docs/endpoints.md', 'utf8')).toContain(capabilityTable());
});
