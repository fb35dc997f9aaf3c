import type { ContainerRun } from './container.ts';
import { aborted, runPreStop } from './pre-stop.ts';

/** One attempt to end containers. The grace period counts from now, hooks included; the signal gives the attempt up. */
export type Ending = { graceMs: number; signal: AbortSignal };

/** One container of a pod that ends; `sidecar` is an init container that stays. */
export type Member = { run: ContainerRun; sidecar: boolean };

/** What a container still gets after SIGTERM when its preStop hook has used up the grace period (kubelet, `minimumGracePeriodInSeconds`). */
const LEAST_GRACE_MS = 2_000;

/**
 * Ends a container as the kubelet does: preStop hook, its turn among the containers of the pod, SIGTERM, and SIGKILL when the
 * grace period is over. Resolves when it has stopped, or when the signal aborts.
 */
export async function endContainer(run: ContainerRun, ending: Ending, turn?: Promise<unknown>): Promise<void> {
  const { context } = run;
  const { graceMs, signal } = ending;
  const { clock } = context;
  const begun = clock.monotonic();
  // The kubelet counts whole seconds, to the favour of the container.
  const left = () => graceMs - Math.floor((clock.monotonic() - begun) / 1_000) * 1_000;
  const over = new AbortController();
  const timer = clock.after(graceMs, () => over.abort());
  const either = AbortSignal.any([signal, over.signal]);
  if (run.state === 'running') await runPreStop(context, either);
  if (turn !== undefined) await Promise.race([turn, aborted(either)]);
  timer.cancel();
  if (!signal.aborted) await signalContainer(run, { graceMs: Math.max(LEAST_GRACE_MS, left()), signal });
}

async function signalContainer(run: ContainerRun, { graceMs, signal }: Ending): Promise<void> {
  run.signal('SIGTERM');
  const timer = run.context.clock.after(graceMs, () => run.signal('SIGKILL'));
  await Promise.race([run.stopped, aborted(signal)]);
  timer.cancel();
}

/** Ends all of a pod: every hook begins now; a sidecar gets SIGTERM when the main containers and the sidecars after it have ended (KEP-753). */
export async function endContainers(members: Member[], ending: Ending): Promise<void> {
  for (const { run } of members) run.close();
  const mains = members.filter(({ sidecar }) => !sidecar);
  const sidecars = members.filter(({ sidecar }) => sidecar);
  const endings = mains.map(({ run }) => endContainer(run, ending));
  const before = mains.map(({ run }) => run.ended);
  for (const { run } of sidecars.toReversed()) {
    endings.push(endContainer(run, ending, Promise.all(before)));
    before.push(run.ended);
  }
  await Promise.all(endings);
}
