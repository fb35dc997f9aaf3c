import type { Clock } from '../../../runtime/clock.ts';
import type { Container, Probe } from '../objects.ts';
import type { PodRuntime, ProbeTarget } from './runtime.ts';

/** Where a probe goes: the numbers behind named ports, and the API server's defaults. A command cannot be run here: undefined. */
export function probeTarget(probe: Probe, container: Container, address: string): ProbeTarget | undefined {
  const port = portNumber((probe.httpGet ?? probe.tcpSocket ?? probe.grpc)?.port, container);
  if (port === undefined) return undefined;
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1_000;
  if (probe.httpGet === undefined) return { address, port, timeoutMs };
  const headers = Object.fromEntries(
    (probe.httpGet.httpHeaders ?? []).map(({ name, value }) => [name.toLowerCase(), value]),
  );
  return { address, port, timeoutMs, httpGet: { path: probe.httpGet.path ?? '/', headers } };
}

export function portNumber(port: number | string | undefined, { ports = [] }: Container): number | undefined {
  if (typeof port === 'number' || port === undefined) return port;
  return /^\d+$/.test(port) ? Number(port) : ports.find(({ name }) => name === port)?.containerPort;
}

export type Probing = {
  clock: Clock;
  runtime: PodRuntime;
  target: ProbeTarget;
  probe: Probe;
  signal: AbortSignal;
  /** What counts before the first threshold is crossed; without it the first crossing is told either way. */
  initially?: boolean;
  onResult: (result: boolean) => void;
};

/** Probes until the signal aborts, and tells each time a threshold has been crossed. */
export async function keepProbing(probing: Probing): Promise<void> {
  const { clock, runtime, target, probe, signal, onResult } = probing;
  const thresholds = { true: probe.successThreshold ?? 1, false: probe.failureThreshold ?? 3 };
  const period = (probe.periodSeconds ?? 10) * 1_000;
  let told = probing.initially;
  let same = { result: false, count: 0 };
  await clock.sleep((probe.initialDelaySeconds ?? 0) * 1_000, signal);
  while (!signal.aborted) {
    const result = await runtime.probe(target);
    if (signal.aborted) return;
    same = { result, count: same.result === result ? same.count + 1 : 1 };
    if (result !== told && same.count >= thresholds[`${result}`]) onResult((told = result));
    // A container that is not ready yet is asked more often, so that its start does not cost a whole period.
    const waitsForStart = probing.initially === false && told === false;
    await clock.sleep(waitsForStart ? Math.min(period, 1_000) : period, signal);
  }
}
