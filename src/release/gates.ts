import PQueue from 'p-queue';
import { nameFor } from '../api/controller.ts';
import { GATE } from '../api/pod.ts';
import { Conflict, Gone } from '../errors.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import type { Clock } from '../runtime/clock.ts';

type Opening = { kube: Pick<KubeApi, 'list' | 'patch'>; clock: Clock; controllerId: string };

const AGAIN_MS = 1_000;
/** An API server goes on with a policy or a webhook for a moment after it was deleted. */
const SETTLE_MS = 5_000;
const LIMIT_MS = 120_000;
const AT_ONCE = 10;
const FIELD_MANAGER = 'podwire-release';

/**
 * Opens every closed gate, and those of pods that come meanwhile, until none has been closed for five seconds. Returns how many it
 * opened, and the pods whose gates are closed still after two minutes.
 */
export async function openGates(opening: Opening): Promise<{ opened: number; closed: string[] }> {
  const { kube, clock } = opening;
  const gate = nameFor(GATE, opening.controllerId);
  const end = clock.monotonic() + LIMIT_MS;
  const opened = new Set<string>();
  for (let quietSince = clock.monotonic(); ; ) {
    const closed = (await kube.list(RESOURCES.pod)).filter((pod) => isClosed(pod, gate));
    if (closed.length > 0) quietSince = clock.monotonic();
    for (const uid of await openAll(closed, opening)) opened.add(uid);
    const done = clock.monotonic() - quietSince >= SETTLE_MS;
    if (done || clock.monotonic() > end) return { opened: opened.size, closed: closed.map(nameOf) };
    await clock.sleep(AGAIN_MS);
  }
}

const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

type PodShape = {
  spec?: { readinessGates?: { conditionType: string }[] };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
};

/** A pod that ends needs no gate any more. */
function isClosed(pod: KubeObject, gate: string): boolean {
  const { spec, status } = pod as PodShape;
  const gated = spec?.readinessGates?.some(({ conditionType }) => conditionType === gate) ?? false;
  const ends = pod.metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed'].includes(status?.phase ?? '');
  return gated && !ends && !status?.conditions?.some((one) => one.type === gate && one.status === 'True');
}

async function openAll(pods: KubeObject[], opening: Opening): Promise<string[]> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const opened = await Promise.all(pods.map((pod) => queue.add(() => open(pod, opening))));
  return opened.flatMap((uid) => uid ?? []);
}

/** Under a name of its own: what the operator wrote stays. Returns the uid, or nothing where the pod has gone meanwhile. */
async function open({ metadata }: KubeObject, { kube, clock, controllerId }: Opening): Promise<string | undefined> {
  const { namespace = '', name, uid } = metadata;
  const now = new Date(clock.now()).toISOString().replace(/\.\d+/, '');
  const message = 'Podwire is being uninstalled, and nobody looks after gates any more';
  const condition = {
    type: nameFor(GATE, controllerId),
    status: 'True',
    reason: 'Released',
    message,
    lastTransitionTime: now,
  };
  const body = { metadata: { namespace, name, uid }, status: { conditions: [condition] } };
  const fieldManager = nameFor(FIELD_MANAGER, controllerId);
  const patch = { type: 'apply', body, subresource: 'status', fieldManager, force: true } as const;
  try {
    await kube.patch(RESOURCES.pod, { namespace, name }, patch);
    return uid;
  } catch (error) {
    if (error instanceof Gone || error instanceof Conflict) return undefined;
    throw error;
  }
}
