import type { Cluster } from '../cluster/cluster.ts';
import { keyOf, type TargetGroupBinding, type TargetGroupObject, type TargetGroupSpec } from '../cluster/objects.ts';
import { idOf, nameFor, scopedName } from '../api/controller.ts';
import { isClaimed } from '../cluster/pod-watches.ts';
import type { ElbApi } from '../aws/api.ts';
import { chunk } from '../aws/pages.ts';
import { describeTargetGroup } from '../aws/target-group-fact.ts';
import { Denied, Gone, Invalid } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { RESOURCES } from '../kube/resources.ts';
import { addFinalizer, removeFinalizer } from '../kube/write.ts';
import type { TargetGroupFact } from '../model/binding/facts.ts';
import { groupOfBinding } from '../model/binding/group.ts';
import { type BindingSpec, readBinding } from '../model/binding/spec.ts';
import type { DrainSettings } from '../model/drain/budget.ts';
import { isRefused, refused, warning } from '../model/problem.ts';
import type { Problem } from '../model/stack.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Outcome } from '../runtime/workqueue.ts';
import { tellRefused, tellServed, tellUnclaimed } from './binding-status.ts';
import { ensureOwn } from './own-objects.ts';
import { reasonOf } from './stack-status.ts';
import { deleteObject } from './target-group-objects.ts';
import type { TargetMemory } from './target-memory.ts';
import type { WriteEvent } from './telling.ts';

type BindingsCluster = Pick<Cluster, 'targetGroup' | 'targetGroups' | 'targetGroupBinding' | 'service'>;

export type BindingsDeps = {
  controllerId: string;
  cluster: BindingsCluster;
  kube: KubeApi;
  account: { elb: ElbApi };
  memory: Pick<TargetMemory, 'groups'>;
  bindings: BindingMemory;
  clock: Clock;
  writeEvent: WriteEvent;
  settings: { vpcId: string; takeOver: boolean; drain: DrainSettings };
};

/** What is kept between passes, by key of the TargetGroupBinding. */
export type BindingMemory = {
  facts: Map<string, { asked: string; fact: TargetGroupFact; at: number }>;
  told: Map<string, string>; // key -> the conditions it was told, without their times
  /** Who serves a target group: the first one. */
  claims: Map<string, string>; // ARN -> key
};

export const openBindings = (): BindingMemory => ({ facts: new Map(), told: new Map(), claims: new Map() });

/** Held on a claimed TargetGroupBinding until its targets are deregistered. */
export const bindingFinalizer = (controllerId?: string): string => nameFor('podwire.dev/targets', controllerId);
/** What the peer holds on every TargetGroupBinding that it serves. */
const PEER_FINALIZER = 'elbv2.k8s.aws/resources';
const CLAIM = 'podwire.dev/claim';

const resource = RESOURCES.targetGroupBinding;
const FACT_MS = 600_000;
const REFUSED_AGAIN_MS = 60_000;
const GONE_AGAIN_MS = 500;
const TARGETS_PER_CALL = 200;

/** Brings what serves one TargetGroupBinding in line with it. The target group itself is never changed. */
export async function reconcileBinding(key: string, deps: BindingsDeps): Promise<Outcome> {
  const [namespace = '', name = ''] = key.split('/');
  const binding = deps.cluster.targetGroupBinding(namespace, name);
  const object = objectOf({ namespace, name }, deps);
  if (binding === undefined) return forget(key, object, deps);
  if (binding.deleting) return leave(binding, object, deps);
  return isServed(binding, deps) ? serve(binding, object, deps) : unclaim(binding, object, deps);
}

/** An annotation decides; without one the setting does, and never over what the peer serves. */
function isServed(
  binding: TargetGroupBinding,
  { settings: { takeOver }, controllerId }: Pick<BindingsDeps, 'settings' | 'controllerId'>,
): boolean {
  if (binding.annotations[CLAIM] !== undefined) return isClaimed(binding, controllerId);
  if (idOf(binding.labels) !== controllerId) return false;
  return takeOver && !binding.finalizers.includes(PEER_FINALIZER);
}

type Key = { namespace: string; name: string };

const objectName = (binding: string, controllerId: string): string => scopedName(`binding.${binding}`, controllerId);

function objectOf({ namespace, name }: Key, { cluster, controllerId }: BindingsDeps): TargetGroupObject | undefined {
  const object = cluster.targetGroup(namespace, objectName(name, controllerId));
  return object?.spec.binding === name ? object : undefined;
}

async function forget(key: string, object: TargetGroupObject | undefined, deps: BindingsDeps): Promise<void> {
  forgetMemory(key, deps.bindings);
  if (object !== undefined) await deleteObject(deps.kube, object);
}

function forgetMemory(key: string, { facts, told, claims }: BindingMemory): void {
  facts.delete(key);
  told.delete(key);
  for (const [arn, owner] of claims) if (owner === key) claims.delete(arn);
}

/** Its targets stay as they are: somebody else takes care of them from now on. */
async function unclaim(
  binding: TargetGroupBinding,
  object: TargetGroupObject | undefined,
  deps: BindingsDeps,
): Promise<void> {
  if (idOf(binding.labels) === deps.controllerId) tellWrongClaim(binding, deps);
  if (object !== undefined) await deleteObject(deps.kube, object);
  if (!binding.finalizers.includes(bindingFinalizer(deps.controllerId))) return;
  await tellUnclaimed(binding, deps);
  await removeFinalizer(deps.kube, { resource, object: binding, finalizer: bindingFinalizer(deps.controllerId) });
  forgetMemory(keyOf(binding), deps.bindings);
}

function tellWrongClaim(binding: TargetGroupBinding, { writeEvent }: BindingsDeps): void {
  const given = binding.annotations[CLAIM];
  if (given === undefined || given === 'true' || given === 'false') return;
  const message = `metadata.annotations[${CLAIM}]: wanted true or false; given ${JSON.stringify(given)}`;
  writeEvent(aboutBinding(binding), { type: 'Warning', reason: 'InvalidValue', message });
}

/** Deregisters its targets, once the targets lane has let go of the group: before that it could register them again. */
async function leave(
  binding: TargetGroupBinding,
  object: TargetGroupObject | undefined,
  deps: BindingsDeps,
): Promise<Outcome> {
  if (!binding.finalizers.includes(bindingFinalizer(deps.controllerId))) return forget(keyOf(binding), object, deps);
  if (object !== undefined) await deleteObject(deps.kube, object);
  const { namespace, name } = binding;
  if (object !== undefined || deps.memory.groups.has(`${namespace}/${objectName(name, deps.controllerId)}`))
    return { again: GONE_AGAIN_MS };
  // Of one that was unclaimed in the same breath the targets stay.
  if (isServed(binding, deps)) await deregisterAll(binding, deps);
  await removeFinalizer(deps.kube, { resource, object: binding, finalizer: bindingFinalizer(deps.controllerId) });
  forgetMemory(keyOf(binding), deps.bindings);
}

async function deregisterAll(binding: TargetGroupBinding, deps: BindingsDeps): Promise<void> {
  const { spec } = readBinding(binding.spec);
  const { elb } = deps.account;
  const fact = spec && (await readFact(binding, spec, deps));
  const owner = fact && servedElsewhere(binding, fact, deps);
  if (fact === undefined || owner !== undefined) return;
  const TargetGroupArn = fact.arn;
  try {
    const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn });
    const left = TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State !== 'draining');
    const targets = left.flatMap(({ Target }) => (Target?.Id ? [{ Id: Target.Id, Port: Target.Port }] : []));
    for (const Targets of chunk(targets, TARGETS_PER_CALL)) await elb.deregisterTargets({ TargetGroupArn, Targets });
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
  }
}

/** What cannot be served as it stands is told, and what serves it stays as it was. */
async function serve(
  binding: TargetGroupBinding,
  object: TargetGroupObject | undefined,
  deps: BindingsDeps,
): Promise<Outcome> {
  const { problems, spec: wanted } = await judge(binding, deps);
  for (const { reason, field, message } of problems)
    deps.writeEvent(aboutBinding(binding), { type: 'Warning', reason, message: `${field}: ${message}` });
  const first = problems.find(({ severity }) => severity === 'refused');
  if (wanted !== undefined && first === undefined)
    return link(binding, { wanted, object, warnings: warned(problems) }, deps);
  const kept = object === undefined ? '' : '; what was served before stays as it is';
  const message = `${first?.field ?? 'spec'}: ${first?.message ?? 'it cannot be read'}${kept}`;
  await tellRefused(binding, { reason: first?.reason ?? 'InvalidValue', message }, deps);
  return { again: REFUSED_AGAIN_MS };
}

type Link = { wanted: TargetGroupSpec; object: TargetGroupObject | undefined; warnings: string };

async function link(
  binding: TargetGroupBinding,
  { wanted, object, warnings }: Link,
  deps: BindingsDeps,
): Promise<Outcome> {
  await addFinalizer(deps.kube, { resource, object: binding, finalizer: bindingFinalizer(deps.controllerId) });
  const name = objectName(binding.name, deps.controllerId);
  const { metadata } = await ensureOwn(deps.kube, {
    resource: RESOURCES.targetGroup,
    wanted: { metadata: { name, namespace: binding.namespace, ownerReferences: [ownerOf(binding)] }, spec: wanted },
    controllerId: deps.controllerId,
  });
  const message = `TargetGroup ${name} tells of its targets${warnings}`;
  // What it says of another generation is no word on this one.
  const told = metadata.generation === object?.generation ? object : undefined;
  await tellServed(binding, { message, object: told }, deps);
  return { again: FACT_MS };
}

const warned = (problems: readonly Problem[]): string =>
  problems.map(({ field, message }) => `; ${field}: ${message}`).join('');

const ownerOf = ({ name, uid }: TargetGroupBinding) => ({
  apiVersion: `${resource.group}/${resource.version}`,
  kind: resource.kind,
  name,
  uid,
});

async function judge(binding: TargetGroupBinding, deps: BindingsDeps): Promise<ReturnType<typeof groupOfBinding>> {
  const { spec, problems } = readBinding(binding.spec);
  if (spec === undefined) return { problems };
  const fact = await readFact(binding, spec, deps).catch(problemOf(spec));
  if (fact === undefined) return { problems: [...problems, notFound(spec)] };
  if ('reason' in fact) return { problems: [...problems, fact] };
  const { namespace, name } = binding;
  const service = deps.cluster.service(namespace, spec.service.name);
  const group = groupOfBinding({ namespace, name, spec, fact, service, settings: deps.settings });
  const all = [
    ...problems,
    ...group.problems,
    ...(await claim(binding, fact, deps)),
    ...heldByPeer(binding),
    ...tooLong(binding, deps),
  ];
  return isRefused(all) ? { problems: all } : { ...group, problems: all };
}

/** Kubernetes: names of at most 253 characters. */
const LONGEST_NAME = 253;

function tooLong({ name }: TargetGroupBinding, { controllerId }: BindingsDeps): Problem[] {
  const most = LONGEST_NAME - objectName('', controllerId).length;
  if (name.length <= most) return [];
  const message = `wanted at most ${most} characters; given ${name.length}`;
  return [refused({ reason: 'InvalidValue', field: 'metadata.name', message })];
}

/** Whether the peer still runs is not known here. */
function heldByPeer({ finalizers }: TargetGroupBinding): Problem[] {
  if (!finalizers.includes(PEER_FINALIZER)) return [];
  const message = `wanted it without ${PEER_FINALIZER}, since where the AWS Load Balancer Controller runs both serve it; given with it`;
  return [warning({ reason: 'HeldByPeer', field: 'metadata.finalizers', message })];
}

const fieldOf = ({ arn }: BindingSpec): string => (arn === undefined ? 'spec.targetGroupName' : 'spec.targetGroupARN');

const notFound = (spec: BindingSpec): Problem =>
  refused({
    reason: 'TargetGroupNotFound',
    field: fieldOf(spec),
    message: `wanted a target group that is there; given ${spec.arn ?? spec.groupName}`,
  });

/** What AWS says no to is told; what it may say yes to later is tried again. */
const problemOf =
  (spec: BindingSpec) =>
  (error: unknown): Problem => {
    if (!(error instanceof Denied || error instanceof Invalid)) throw error;
    return refused({ reason: reasonOf(error), field: fieldOf(spec), message: error.message });
  };

/** Of two that name the same target group, each would take the other's targets for ended pods. */
async function claim(binding: TargetGroupBinding, fact: TargetGroupFact, deps: BindingsDeps): Promise<Problem[]> {
  const { claims } = deps.bindings;
  const key = keyOf(binding);
  const owner = servedElsewhere(binding, fact, deps) ?? (await servedByAnother(binding, fact, deps));
  if (owner === undefined) {
    claims.set(fact.arn, key);
    return [];
  }
  const message = `wanted a target group that nothing else serves; given ${fact.name}, which ${owner} serves`;
  return [refused({ reason: 'TargetGroupInUse', field: 'spec.targetGroupARN', message })];
}

/** Asked of the API server before it is served for the first time: the stores have nothing of another operator. */
async function servedByAnother(
  binding: TargetGroupBinding,
  { arn }: TargetGroupFact,
  deps: BindingsDeps,
): Promise<string | undefined> {
  if (objectOf(binding, deps) !== undefined) return undefined;
  const all = await deps.kube.list(RESOURCES.targetGroup);
  const found = all.find(({ metadata, spec }) => isForeign(metadata, deps) && (spec as { arn?: string }).arn === arn);
  return found && `TargetGroup ${found.metadata.namespace}/${found.metadata.name} of another operator`;
}

const isForeign = ({ labels }: { labels?: Record<string, string> }, { controllerId }: BindingsDeps): boolean =>
  idOf(labels) !== controllerId;

function servedElsewhere(
  { namespace, name }: TargetGroupBinding,
  { arn }: TargetGroupFact,
  { cluster, bindings, controllerId }: BindingsDeps,
): string | undefined {
  const own = { namespace, name: objectName(name, controllerId) };
  const other = [...cluster.targetGroups()].find((group) => group.spec.arn === arn && keyOf(group) !== keyOf(own));
  if (other !== undefined) return `TargetGroup ${keyOf(other)}`;
  const claimant = bindings.claims.get(arn);
  return claimant === undefined || claimant === `${namespace}/${name}` ? undefined : `TargetGroupBinding ${claimant}`;
}

async function readFact(
  binding: TargetGroupBinding,
  { arn, groupName }: BindingSpec,
  { account, bindings, clock }: BindingsDeps,
): Promise<TargetGroupFact | undefined> {
  const key = keyOf(binding);
  const asked = arn ?? groupName ?? '';
  const known = bindings.facts.get(key);
  if (known?.asked === asked && clock.monotonic() - known.at < FACT_MS) return known.fact;
  const fact = await describeTargetGroup(account.elb, {
    ...(arn !== undefined && { arn }),
    ...(groupName !== undefined && { groupName }),
  });
  if (fact === undefined) bindings.facts.delete(key);
  else bindings.facts.set(key, { asked, fact, at: clock.monotonic() });
  return fact;
}

const aboutBinding = ({ namespace, name, uid }: TargetGroupBinding) => ({ kind: resource.kind, namespace, name, uid });
