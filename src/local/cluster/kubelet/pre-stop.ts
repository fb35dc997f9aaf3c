import type { PreStop } from '../objects.ts';
import type { ContainerContext } from './container.ts';
import { portNumber } from './probe.ts';

/** Runs the preStop hook to its end, or until the signal aborts. One that fails takes no time, and nobody learns of it. */
export async function runPreStop(context: ContainerContext, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { sleep, exec, httpGet } = context.container.lifecycle?.preStop ?? {};
  if (httpGet !== undefined) return Promise.race([askBeforeStop(context, httpGet), aborted(signal)]);
  // A tcpSocket hook passes validation and fails when it is run (Kubernetes, LifecycleHandler).
  const seconds = sleep?.seconds ?? sleepSeconds(exec?.command ?? []);
  if (seconds > 0) await context.clock.sleep(seconds * 1_000, signal);
}

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function askBeforeStop(context: ContainerContext, hook: NonNullable<PreStop['httpGet']>): Promise<void> {
  const port = portNumber(hook.port, context.container);
  const [address] = context.addresses;
  if (port === undefined || address === undefined) return;
  const httpGet = { path: hook.path ?? '/', headers: {} };
  await context.runtime.probe({ address, port, httpGet, timeoutMs: HOOK_TIMEOUT_MS });
}

/** Longer than any grace period: what ends a hook is the grace period. */
const HOOK_TIMEOUT_MS = 3_600_000;

/** There is no shell here: of commands only `sleep N` is understood, alone or inside `sh -c`. */
function sleepSeconds(command: string[]): number {
  return Number(/\bsleep\s+(\d+(?:\.\d+)?)/.exec(command.join(' '))?.[1] ?? 0);
}
