import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KubeApi, KubeObject } from '../../src/kube/api.ts';
import { RESOURCES } from '../../src/kube/resources.ts';
import { writeKubeconfig } from '../../src/local/kubeconfig.ts';
import type { ControlPlane } from '../../src/local/control-plane/control-plane.ts';
import { shippedFile } from '../../src/local/package-root.ts';
import { realClock } from '../../src/runtime/clock.ts';
import type { Kubectl } from '../kubectl.ts';

type Running = { controlPlane: ControlPlane; api: KubeApi; kubectl: Kubectl; dir: string };

/** What one pod of a hook printed, and how it ended. */
type HookRun = { args: string[]; output: string; code: number };

export type HookRunner = { runs: HookRun[]; stop(): Promise<void> };

const LOOK_MS = 200;
const LABEL = 'app.kubernetes.io/name=podwire-hook';

/** Stands in for a kubelet: runs the bundle for each pod of a hook, with a token of the pod's own ServiceAccount, and tells how it ended. */
export function runHooks(running: Running, namespace: string): HookRunner {
  const runs: HookRun[] = [];
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      for (const pod of await running.api.list(RESOURCES.pod, { namespace, labelSelector: LABEL }))
        if (isWaiting(pod)) runs.push(await runPod(running, pod));
      await realClock.sleep(LOOK_MS);
    }
  };
  const ended = loop();
  return {
    runs,
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

const isWaiting = ({ metadata, status }: KubeObject): boolean =>
  metadata.deletionTimestamp === undefined && (status as { phase?: string }).phase === 'Pending';

async function runPod(running: Running, pod: KubeObject): Promise<HookRun> {
  const { namespace = '', name } = pod.metadata;
  const { serviceAccountName: account, containers } = pod.spec as {
    serviceAccountName: string;
    containers: { args: string[] }[];
  };
  const { args = [] } = containers[0] ?? {};
  const run = { args, ...(await runBundle(args, await writeAccess(running, { namespace, account }))) };
  const body = { status: { phase: run.code === 0 ? 'Succeeded' : 'Failed' } };
  await running.api.patch(RESOURCES.pod, { namespace, name }, { type: 'merge', subresource: 'status', body });
  return run;
}

/** Path of a kubeconfig with a fresh token of a ServiceAccount. */
export async function writeAccess(
  { controlPlane, kubectl, dir }: Omit<Running, 'api'>,
  { namespace, account }: { namespace: string; account: string },
): Promise<string> {
  const token = (await kubectl('create', 'token', account, '-n', namespace)).trim();
  const file = join(dir, `${account}.kubeconfig`);
  const { url, certificateAuthority } = controlPlane;
  await writeKubeconfig(file, { name: account, url, certificateAuthority, token });
  return file;
}

async function runBundle(args: string[], kubeconfig: string): Promise<Omit<HookRun, 'args'>> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const bundle = [shippedFile('dist/operator.mjs'), ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, bundle, { env, timeout: 180_000 });
    return { output: stdout + stderr, code: 0 };
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: number };
    return { output: stdout + stderr, code: typeof code === 'number' ? code : 1 };
  }
}
