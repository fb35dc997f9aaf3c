import { nameFor } from '../../api/controller.ts';
import { DRAIN_LINES, DRAIN_SINCE } from '../../api/pod.ts';
import { Denied } from '../../errors.ts';
import { RESOURCES } from '../../kube/resources.ts';
import { readLines, type ServiceLine } from '../../model/drain/lines.ts';
import { type Explanation, explainPod } from '../../model/explain/pod.ts';
import { realClock as clock } from '../../runtime/clock.ts';
import { present } from './absent.ts';
import { Reader, type ReadApi } from './reader.ts';

type Key = { namespace: string; name: string; controllerId?: string };

/** Reads the pod and what decides about it, and explains it. Throws Invalid, with the nearest name, where there is no such pod. */
export async function explainPodNow(kube: ReadApi, key: Key): Promise<Explanation> {
  const { namespace, name } = key;
  const reader = new Reader(kube, key.controllerId);
  const [pods, services, groups, slices, lines] = await Promise.all([
    reader.kept('pod', namespace),
    reader.kept('service', namespace),
    reader.kept('targetGroup', namespace),
    reader.kept('endpointSlice', namespace),
    readDrainLines(kube, key),
  ]);
  const pod = await present(reader, { kind: 'pod', namespace, name }, pods);
  const by = key.controllerId === undefined ? {} : { controllerId: key.controllerId };
  return explainPod({ pod, services, groups, slices, nodes: [], lines, ...by });
}

/** Who may not read the ConfigMap sees everything else. */
async function readDrainLines(
  kube: ReadApi,
  { namespace, controllerId }: Key,
): Promise<ReadonlyMap<string, ServiceLine>> {
  const name = nameFor(DRAIN_LINES, controllerId);
  const object = await kube.get(RESOURCES.configMap, { namespace, name }).catch((error: unknown) => {
    if (error instanceof Denied) return undefined;
    throw error;
  });
  const data = (object?.['data'] as Record<string, string> | undefined) ?? {};
  return readLines(data, object?.metadata.annotations?.[DRAIN_SINCE], new Date(clock.now()).toISOString());
}
