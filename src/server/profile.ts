import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { getHeapSnapshot, startCpuProfile } from 'node:v8';
import { Invalid } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Address } from '../settings/address.ts';
import { isLoopback, type Listening, listenAt } from './listening.ts';

export type ProfileOptions = {
  address: Address;
  /** Whether an address that others can reach is meant: a heap snapshot holds every secret that is in memory. */
  remote: boolean;
  clock: Clock;
};

type Exchange = { response: ServerResponse; seconds: number; clock: Clock; signal: AbortSignal };

const MOST_SECONDS = 300;
const USUAL_SECONDS = 10;

const PROFILES: Record<string, (exchange: Exchange) => Promise<void>> = {
  '/profile/cpu': profileCpu,
  '/profile/heap': snapshotHeap,
  '/profile/event-loop': measureLoop,
};

/**
 * Serves profiles of this process, one at a time: /profile/cpu?seconds=N (for the DevTools of Chrome), /profile/heap and
 * /profile/event-loop?seconds=N. Throws Invalid for an address that others can reach, unless that is meant.
 */
export async function serveProfiles(options: ProfileOptions): Promise<Listening> {
  const { address, remote } = options;
  if (!remote && !isLoopback(address.host))
    throw new Invalid(
      '--profile-address',
      `wanted an address of this machine like 127.0.0.1:6060, given ${address.host}; --profile-remote true allows it, and whoever can reach it can read every secret of the process`,
    );
  let busy = false;
  const server = createServer((request, response) => {
    const refusal = refusalOf(request, { remote, busy });
    if (refusal !== undefined) return void response.writeHead(refusal.status).end(`${refusal.why}\n`);
    busy = true;
    void answer(request, response, options).finally(() => {
      busy = false;
    });
  });
  return listenAt(server, address, '--profile-address');
}

type Refusal = { status: number; why: string };

/** A page in somebody's browser must not ask in their name: it names its origin, or a host that only its name server knows. */
function refusalOf({ method, url = '/', headers }: IncomingMessage, at: { remote: boolean; busy: boolean }) {
  const host = URL.parse(`http://${headers.host ?? ''}`)?.hostname;
  const foreign = headers.origin !== undefined || (!at.remote && !isLoopback(host ?? ''));
  const checks: [boolean, Refusal][] = [
    [foreign, { status: 403, why: 'wanted a request from this machine' }],
    [!(pathOf(url) in PROFILES), { status: 404, why: `wanted ${Object.keys(PROFILES).join(', ')}` }],
    [method !== 'GET', { status: 405, why: 'wanted GET' }],
    [secondsOf(url) === undefined, { status: 400, why: `wanted seconds from 1 to ${MOST_SECONDS}` }],
    [at.busy, { status: 409, why: 'another profile is being made' }],
  ];
  return checks.find(([refused]) => refused)?.[1];
}

const pathOf = (url: string): string => URL.parse(url, 'http://podwire')?.pathname ?? '';

function secondsOf(url: string): number | undefined {
  const given = URL.parse(url, 'http://podwire')?.searchParams.get('seconds') ?? String(USUAL_SECONDS);
  const seconds = Number(given);
  return /^\d+$/.test(given) && seconds >= 1 && seconds <= MOST_SECONDS ? seconds : undefined;
}

async function answer(
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
  { clock }: ProfileOptions,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    await PROFILES[pathOf(url)]?.({ response, seconds: secondsOf(url) ?? USUAL_SECONDS, clock, signal: gone.signal });
  } catch (error) {
    if (!response.headersSent) response.writeHead(500).end(`${String(error)}\n`);
  }
}

// Not by the inspector, which Node's permission model keeps from the operator of the image.
async function profileCpu({ response, seconds, clock, signal }: Exchange): Promise<void> {
  const profiling = startCpuProfile();
  await clock.sleep(seconds * 1_000, signal);
  send(response, 'cpuprofile', profiling.stop());
}

async function snapshotHeap({ response }: Exchange): Promise<void> {
  response.writeHead(200, headersOf('heapsnapshot'));
  await pipeline(getHeapSnapshot(), response);
}

async function measureLoop({ response, seconds, clock, signal }: Exchange): Promise<void> {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  const before = performance.eventLoopUtilization();
  delays.enable();
  await clock.sleep(seconds * 1_000, signal);
  delays.disable();
  const { utilization } = performance.eventLoopUtilization(before);
  const ms = (nanoseconds: number): number => nanoseconds / 1e6;
  const percentiles = [50, 90, 99, 99.9].map((one) => [`p${one}`, ms(delays.percentile(one))] as const);
  const { min, max, mean, count } = delays;
  const delayMs = { min: ms(min), mean: ms(mean), ...Object.fromEntries(percentiles), max: ms(max) };
  send(response, 'json', `${JSON.stringify({ seconds, utilization, samples: count, delayMs })}\n`);
}

const headersOf = (ending: string): Record<string, string> => ({
  'content-type': 'application/json',
  'content-disposition': `attachment; filename="podwire.${ending}"`,
  'cache-control': 'no-store',
});

const send = (response: ServerResponse, ending: string, body: string): void =>
  void response.writeHead(200, headersOf(ending)).end(body);
