import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { realClock as clock } from '../../src/runtime/clock.ts';
import type { Listening } from '../../src/server/listening.ts';
import { serveProfiles } from '../../src/server/profile.ts';

let server: Listening | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function open(): Promise<string> {
  server = await serveProfiles({ address: { host: '127.0.0.1', port: 0 }, remote: false, clock });
  return server.url;
}

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server?.url}${path}`, { headers });

test('R13: a CPU profile says where the time went', async () => {
  await open();
  const working = setInterval(() => {
    for (let i = 0, sum = 0; i < 100_000; i++) sum += Math.sqrt(i);
  }, 10);
  const answer = await get('/profile/cpu?seconds=1');
  clearInterval(working);
  expect(answer.headers.get('content-disposition')).toContain('podwire.cpuprofile');
  const profile = (await answer.json()) as { nodes: unknown[]; samples: unknown[]; startTime: number; endTime: number };
  expect(profile.nodes.length).toBeGreaterThan(3);
  expect(profile.endTime - profile.startTime).toBeGreaterThan(900_000);
});

test('R13: a heap snapshot can be read', async () => {
  await open();
  const answer = await get('/profile/heap');
  const { snapshot, nodes, strings } = (await answer.json()) as {
    snapshot: { node_count: number; meta: { node_fields: string[] } };
    nodes: number[];
    strings: string[];
  };
  expect(nodes.length).toBe(snapshot.node_count * snapshot.meta.node_fields.length);
  expect(strings.length).toBeGreaterThan(100);
}, 60_000);

test('R13: the histogram of the event loop sees a stall', async () => {
  await open();
  const asked = get('/profile/event-loop?seconds=1');
  await clock.sleep(300);
  const until = clock.monotonic() + 400;
  while (clock.monotonic() < until);
  const { samples, delayMs } = (await (await asked).json()) as { samples: number; delayMs: Record<string, number> };
  expect(samples).toBeGreaterThan(1);
  expect(delayMs.max).toBeGreaterThan(300);
  expect(Object.keys(delayMs)).toEqual(['min', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max']);
});

test('R13: one profile at a time', async () => {
  await open();
  const first = get('/profile/event-loop?seconds=1');
  await clock.sleep(100);
  expect((await get('/profile/heap')).status).toBe(409);
  expect((await first).status).toBe(200);
  expect((await get('/profile/event-loop?seconds=1')).status).toBe(200);
});

test.each([
  ['/profile/cpu?seconds=0', 400, /from 1 to 300/],
  ['/profile/cpu?seconds=1e2', 400, /from 1 to 300/],
  ['/profile/cpu?seconds=301', 400, /from 1 to 300/],
  ['/', 404, /wanted \/profile\/cpu, \/profile\/heap, \/profile\/event-loop/],
])('R13: %s is answered with %i', async (path, status, text) => {
  await open();
  const answer = await get(path);
  expect(answer.status).toBe(status);
  expect(await answer.text()).toMatch(text);
});

/** With whatever a page in somebody's browser could be made to send. */
function statusFor(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server?.url}`, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.path = path;
    sent.on('error', reject).end();
  });
}

test('R13: a page in a browser on this machine gets nothing', async () => {
  await open();
  expect((await get('/profile/heap', { origin: 'http://evil.example' })).status).toBe(403);
  expect(await statusFor('/profile/heap', { host: 'rebound.example' })).toBe(403);
  expect(await statusFor('/profile/heap', { host: '%%%' })).toBe(403);
  expect(await statusFor('//', {})).toBe(404);
});

test('R13: an address that others can reach is refused unless it is meant', async () => {
  const address = { host: '0.0.0.0', port: 0 };
  await expect(serveProfiles({ address, remote: false, clock })).rejects.toThrow(
    /^--profile-address: wanted an address of this machine like 127\.0\.0\.1:6060, given 0\.0\.0\.0; --profile-remote true/,
  );
});
