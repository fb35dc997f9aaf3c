import type { NewObject } from '../../../kube/api.ts';
import type { Outcome } from '../../../runtime/workqueue.ts';
import { controllerOf, type Deployment, fromKey, KINDS, type Labels, type Pod, type ReplicaSet } from '../objects.ts';
import { type ClusterView, replicaSetsOf } from './cluster-view.ts';
import { countsOf, deadlineIn, deploymentStatus, isComplete, type Note } from './deployment-status.ts';
import { canonicalJson, hashName } from './names.ts';
import { DESIRED, MOST, proportionalScales } from './proportional.ts';
import { ownedBy, unlessGone } from './replica-sets.ts';
import { byAge, firstReplicas, nextScales, replicasOf, rollingLimits, type Scale } from './rollout.ts';

const TEMPLATE_HASH = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';
/** Annotations that belong to the Deployment alone. */
const NOT_COPIED = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, DESIRED, MOST, HISTORY]);

type Sets = { current: ReplicaSet | undefined; old: ReplicaSet[]; note?: Note };

/** Brings the ReplicaSets of a Deployment one step nearer to its template and number, and writes its status. */
export async function reconcileDeployment(view: ClusterView, key: string): Promise<Outcome> {
  const deployment = view.deployments.get(key);
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
  let sets = setsOf(view, deployment);
  if (!deployment.spec.paused) sets = await roll(view, deployment, sets);
  else await scaleTo(view, deployment, scalesOfPaused(deployment, sets));
  return finish(view, deployment, sets);
}

async function roll(view: ClusterView, deployment: Deployment, found: Sets): Promise<Sets> {
  const recreate = deployment.spec.strategy?.type === 'Recreate';
  const shares = recreate ? [] : proportionalScales(deployment, everySet(found));
  if (shares.length > 0) return rescale(view, deployment, shares);
  if (recreate && (await clearOld(view, deployment, found))) return found;
  const sets = found.current === undefined ? await createSet(view, deployment, found) : found;
  const current = await keepRevision(view, deployment, sets);
  const scales = recreate
    ? [{ set: current, replicas: deployment.spec.replicas ?? 1 }]
    : nextScales(deployment, current, sets.old);
  await scaleTo(view, deployment, scales);
  return { ...setsOf(view, deployment), ...(sets.note && { note: sets.note }) };
}

const everySet = ({ current, old }: Sets): ReplicaSet[] => (current === undefined ? old : [...old, current]);

/** Writes the numbers to all of them, also to those whose share is what they have. */
async function rescale(view: ClusterView, deployment: Deployment, scales: Scale[]): Promise<Sets> {
  const annotations = numbers(deployment);
  for (const { set, replicas } of scales) await patchSet(view, set, { metadata: { annotations }, spec: { replicas } });
  return setsOf(view, deployment);
}

function setsOf(view: ClusterView, deployment: Deployment): Sets {
  const wanted = templateJson(deployment.spec.template);
  const all = replicaSetsOf(view, deployment).toSorted(byAge);
  const current = all.find((set) => templateJson(set.spec.template) === wanted);
  return { current, old: all.filter((set) => set !== current) };
}

/** Equal for templates that make equal pods. */
function templateJson({ metadata = {}, spec }: Deployment['spec']['template']): string {
  const { [TEMPLATE_HASH]: _, ...labels } = metadata.labels ?? {};
  return canonicalJson({ labels, annotations: metadata.annotations ?? {}, spec });
}

/** Recreate: nothing new before nothing old runs. Answers whether there is still something. */
async function clearOld(view: ClusterView, deployment: Deployment, { old }: Sets): Promise<boolean> {
  await scaleTo(
    view,
    deployment,
    old.filter((set) => replicasOf(set) > 0).map((set) => ({ set, replicas: 0 })),
  );
  const owners = new Set(old.map((set) => set.metadata.uid));
  const runs = ({ status }: Pod) => status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
  return view.pods.values().some((pod) => owners.has(controllerOf(pod)?.uid ?? '') && runs(pod));
}

async function createSet(view: ClusterView, deployment: Deployment, { old }: Sets): Promise<Sets> {
  const { metadata, spec } = deployment;
  const hash = hashName(templateJson(spec.template));
  const labels = { ...spec.template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const set: NewObject = {
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace ?? '',
      labels,
      annotations: {
        ...copiedAnnotations(deployment),
        ...numbers(deployment),
        [REVISION]: String(latestRevision(old) + 1),
      },
      ...ownedBy(deployment, 'apps/v1', 'Deployment'),
    },
    spec: {
      replicas: firstReplicas(deployment, old),
      ...(spec.minReadySeconds !== undefined && { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
  const current = (await view.api.create(KINDS.replicaSet, set)) as ReplicaSet;
  view.replicaSets.put(current);
  return { current, old, note: { reason: 'NewReplicaSetCreated', name: current.metadata.name } };
}

const revisionOf = (object: { metadata: { annotations?: Labels } }): number =>
  Number(object.metadata.annotations?.[REVISION] ?? 0);
const latestRevision = (sets: ReplicaSet[]): number => Math.max(0, ...sets.map(revisionOf));

/** A template that comes back gets the newest revision, and its old ones are remembered. */
async function keepRevision(view: ClusterView, deployment: Deployment, { current, old }: Sets): Promise<ReplicaSet> {
  const set = current as ReplicaSet;
  const revision = Math.max(revisionOf(set), latestRevision(old) + 1);
  const known = set.metadata.annotations ?? {};
  const annotations: Labels = { ...copiedAnnotations(deployment), [REVISION]: String(revision) };
  if (revisionOf(set) !== revision && revisionOf(set) > 0)
    annotations[HISTORY] = [known[HISTORY], known[REVISION]].filter(Boolean).join(',');
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const differs = Object.entries(annotations).some(([key, value]) => known[key] !== value);
  const kept =
    differs || (set.spec.minReadySeconds ?? 0) !== minReadySeconds
      ? await patchSet(view, set, { metadata: { annotations }, spec: { minReadySeconds } })
      : set;
  if (revisionOf(deployment) !== revision) await annotate(view, deployment, { [REVISION]: String(revision) });
  return kept;
}

function copiedAnnotations({ metadata }: Deployment): Labels {
  return Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key)));
}

function numbers(deployment: Deployment): Labels {
  const wanted = deployment.spec.replicas ?? 1;
  const surge = deployment.spec.strategy?.type === 'Recreate' ? 0 : rollingLimits(deployment).surge;
  return { [DESIRED]: String(wanted), [MOST]: String(wanted + surge) };
}

/** A paused Deployment still follows its number, in the ReplicaSet that serves. */
function scalesOfPaused(deployment: Deployment, { current, old }: Sets): Scale[] {
  const active = [current, ...old].filter((set) => set !== undefined && replicasOf(set) > 0) as ReplicaSet[];
  const [set] = active.length === 0 && current !== undefined ? [current] : active;
  return set === undefined || active.length > 1 ? [] : [{ set, replicas: deployment.spec.replicas ?? 1 }];
}

async function scaleTo(view: ClusterView, deployment: Deployment, scales: Scale[]): Promise<void> {
  const annotations = numbers(deployment);
  const wanted = scales.filter(({ set, replicas }) => replicasOf(set) !== replicas);
  for (const { set, replicas } of wanted) await patchSet(view, set, { metadata: { annotations }, spec: { replicas } });
}

async function patchSet(view: ClusterView, set: ReplicaSet, body: object): Promise<ReplicaSet> {
  const key = fromKey(`${set.metadata.namespace}/${set.metadata.name}`);
  const patched = (await view.api.patch(KINDS.replicaSet, key, { type: 'merge', body })) as ReplicaSet;
  view.replicaSets.put(patched);
  return patched;
}

async function annotate(view: ClusterView, deployment: Deployment, annotations: Labels): Promise<void> {
  const key = fromKey(`${deployment.metadata.namespace}/${deployment.metadata.name}`);
  const body = { metadata: { annotations } };
  view.deployments.put((await view.api.patch(KINDS.deployment, key, { type: 'merge', body })) as Deployment);
}

async function finish(view: ClusterView, deployment: Deployment, sets: Sets): Promise<Outcome> {
  const { current, old, note } = sets;
  const all = everySet(sets);
  const status = deploymentStatus(deployment, { current, all }, { clock: view.clock, ...(note && { note }) });
  if (canonicalJson(status) !== canonicalJson(deployment.status ?? {})) await writeStatus(view, deployment, status);
  const done = isComplete(deployment, countsOf(deployment, { current, all }));
  if (done) await dropHistory(view, deployment, old);
  const deadline = done
    ? undefined
    : deadlineIn(
        view.deployments.get(`${deployment.metadata.namespace}/${deployment.metadata.name}`) ?? deployment,
        view.clock,
      );
  return deadline !== undefined && deadline > 0 ? { again: deadline } : undefined;
}

async function writeStatus(view: ClusterView, deployment: Deployment, status: object): Promise<void> {
  const key = fromKey(`${deployment.metadata.namespace}/${deployment.metadata.name}`);
  const dropped = Object.keys(deployment.status ?? {}).filter((field) => !(field in status));
  const body = { status: { ...Object.fromEntries(dropped.map((field) => [field, null])), ...status } };
  const written = await view.api.patch(KINDS.deployment, key, { type: 'merge', body, subresource: 'status' });
  view.deployments.put(written as Deployment);
}

async function dropHistory(view: ClusterView, deployment: Deployment, old: ReplicaSet[]): Promise<void> {
  const idle = old.filter((set) => replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0);
  const surplus = idle.length - (deployment.spec.revisionHistoryLimit ?? 10);
  const oldest = idle.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, surplus));
  for (const { metadata } of oldest) {
    const { namespace = '', name, uid } = metadata;
    await view.api.delete(KINDS.replicaSet, { namespace, name, uid }).catch(unlessGone);
  }
}
