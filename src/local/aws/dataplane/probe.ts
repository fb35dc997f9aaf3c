import * as http from 'node:http';
import * as https from 'node:https';
import { connect } from 'node:net';
import type { Clock } from '../../../runtime/clock.ts';
import type { HealthCheck, ProbeResult } from '../state.ts';
import { matchesCode } from './matcher.ts';

/** Where a probe goes: the address AWS knows, and where that is on this machine. */
export type ProbeTarget = { address: string; port: number; dialled: { host: string; port: number } };

const TIMED_OUT: ProbeResult = { ok: false, reason: 'Target.Timeout' };
const FAILED: ProbeResult = { ok: false, reason: 'Target.FailedHealthChecks' };

/** One health check, on a connection of its own. Takes at most the check's timeout. */
export function probeTarget(check: HealthCheck, target: ProbeTarget, clock: Clock): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const finish = (result: ProbeResult): void => {
      timer.cancel();
      stop();
      resolve(result);
    };
    const timer = clock.after(check.timeoutSeconds * 1000, () => finish(TIMED_OUT));
    const stop = check.protocol === 'TCP' ? probeTcp(target, finish) : probeHttp(check, target, finish);
  });
}

/** A probe whose packets are dropped. */
export async function probeInVain(check: HealthCheck, clock: Clock): Promise<ProbeResult> {
  await clock.sleep(check.timeoutSeconds * 1000);
  return TIMED_OUT;
}

type Finish = (result: ProbeResult) => void;

function probeTcp({ dialled }: ProbeTarget, finish: Finish): () => void {
  const socket = connect(dialled.port, dialled.host);
  socket.once('connect', () => finish({ ok: true }));
  socket.once('error', () => finish(FAILED));
  return () => socket.destroy();
}

function probeHttp(check: HealthCheck, { address, port, dialled }: ProbeTarget, finish: Finish): () => void {
  const { request } = check.protocol === 'HTTPS' ? https : http;
  const headers = { Host: `${address}:${port}`, 'User-Agent': 'ELB-HealthChecker/2.0', Connection: 'close' };
  const probe = request({ ...dialled, path: check.path ?? '/', headers, agent: false, rejectUnauthorized: false });
  probe.on('response', (answer) => finish(judge(check, answer.statusCode ?? 0)));
  probe.on('error', () => finish(FAILED));
  probe.end();
  return () => probe.destroy();
}

function judge(check: HealthCheck, status: number): ProbeResult {
  if (matchesCode(check.matcher?.HttpCode ?? '200', status)) return { ok: true };
  const description = `Health checks failed with these codes: [${status}]`;
  return { ok: false, reason: 'Target.ResponseCodeMismatch', description };
}
