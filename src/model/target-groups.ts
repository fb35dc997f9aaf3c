import type { TargetGroupDraft } from './backends.ts';
import { compareText } from './canonical.ts';
import { backendKey, type StackInput } from './input.ts';
import { DELAY_ATTRIBUTE, longerDrain } from './drain/resolve.ts';
import type { MemberPlan } from './member.ts';
import { nameOf } from './names.ts';
import { groupsOf } from './refusals.ts';
import type { TargetGroup } from './stack.ts';
import { ownershipTags } from './tags.ts';

/** The target groups of a stack, and the id each draft has come to. */
export type TargetGroups = { list: TargetGroup[]; idOf: (draft: TargetGroupDraft) => string };

type Owned = { draft: TargetGroupDraft; ingress: string };

/**
 * One target group for each Service port of the stack, shared by all its Ingresses. Where a later Ingress wants other settings for the same Service
 * port it gets a group of its own, and the id carries its name: `<namespace>/<service>:<port>/<ingress>`.
 */
export function buildTargetGroups(plans: readonly MemberPlan[], input: StackInput, vpcId: string): TargetGroups {
  const ids = new Map<string, string>();
  const owned = new Map<string, Owned>();
  for (const one of plans.flatMap(ownedBy)) {
    const known = ids.get(one.draft.key);
    if (known !== undefined) share(known, one, owned);
    if (known !== undefined) continue;
    const id = freeId(one, owned);
    ids.set(one.draft.key, id);
    owned.set(id, one);
  }
  const list = [...owned].map(([id, { draft }]) => finish(draft, id, { input, vpcId }));
  return { list: list.toSorted((a, b) => compareText(a.id, b.id)), idOf: ({ key }) => ids.get(key) ?? '' };
}

const ownedBy = (plan: MemberPlan): Owned[] =>
  groupsOf(plan).map((draft) => ({ draft, ingress: plan.input.ingress.name }));

/** Ingresses that say different things of the budget still share the group. */
function share(id: string, { draft }: Owned, owned: Map<string, Owned>): void {
  const first = owned.get(id);
  if (first === undefined) return;
  owned.set(id, { ...first, draft: { ...first.draft, drain: longerDrain(first.draft.drain, draft.drain) } });
}

function freeId({ draft, ingress }: Owned, taken: Map<string, Owned>): string {
  const { namespace, service, port } = draft.backend;
  const base = backendKey(namespace, service, 'number' in port ? port.number : draft.port);
  const suffix = draft.fallback ? ':instance' : '';
  return taken.has(`${base}${suffix}`) ? `${base}/${ingress}${suffix}` : `${base}${suffix}`;
}

function finish(
  draft: TargetGroupDraft,
  id: string,
  { input, vpcId }: { input: StackInput; vpcId: string },
): TargetGroup {
  const { key: _, fallback: __, tags, drain, ...group } = draft;
  const { targetType, protocol, protocolVersion, port, ipAddressType, backend } = group;
  // What AWS cannot change in place is part of the name: a replacement never meets its predecessor's.
  const identity = {
    targetType,
    protocol,
    protocolVersion,
    port,
    ipAddressType,
    vpcId,
    id,
    stack: input.key,
    cluster: input.cluster.uid,
  };
  return {
    id,
    name: nameOf(backend.namespace, backend.service, identity),
    ...group,
    attributes: withDelay(group.attributes, drain.delay),
    drain: drain.budget,
    tags: { ...tags, ...input.settings.defaultTags, ...ownershipTags(input.cluster, input.key, `target-group/${id}`) },
  };
}

/** A delay that a user set stays. */
const withDelay = (attributes: Record<string, string>, delay: number | undefined): Record<string, string> =>
  delay === undefined ? attributes : { [DELAY_ATTRIBUTE]: String(delay), ...attributes };
