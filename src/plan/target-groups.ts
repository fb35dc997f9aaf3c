import type { HealthCheck, TargetGroup } from '../model/stack.ts';
import { type Draft, freeName, STEP, targetGroupRefs, targetGroupResource, whyReplaceGroup } from './draft.ts';
import { missingEntries } from './equality.ts';
import type { ObservedTargetGroup } from './observed.ts';
import type { Operation, Ref, Step } from './step.ts';

/** Each target group: created, or changed in place. */
export function planTargetGroups(draft: Draft): Step[] {
  const refs = targetGroupRefs(draft);
  return draft.wanted.targetGroups.flatMap((wanted) => {
    const observed = draft.targetGroups.get(wanted.id);
    const ref = refs.get(wanted.id) as Ref;
    return observed ? planChange(wanted, observed) : planNew(draft, wanted, ref);
  });
}

function planNew(draft: Draft, wanted: TargetGroup, ref: Ref): Step[] {
  const { protocol, protocolVersion, targetType, port, ipAddressType, healthCheck, tags, id } = wanted;
  const old = draft.observed.targetGroups.filter((group) => group.resource === targetGroupResource(id));
  const name = freeName(
    wanted.name,
    draft.observed.targetGroups.map((group) => group.name),
  );
  const settings = { name, targetType, protocol, protocolVersion, port, ipAddressType, healthCheck };
  const create: Step = {
    id: STEP.targetGroup(id),
    resource: targetGroupResource(id),
    because: whyNew(wanted, old),
    impact: old.length > 0 ? 'replaces' : 'none',
    needs: [],
    operation: { do: 'createTargetGroup', vpcId: draft.wanted.vpcId, settings, tags },
  };
  return [create, ...planAttributes({ wanted, ref, attributes: wanted.attributes })];
}

function whyNew(wanted: TargetGroup, old: ObservedTargetGroup[]): string {
  const { namespace, service, port } = wanted.backend;
  const reason = old.map((group) => whyReplaceGroup(wanted, group)).find((text) => text !== undefined);
  if (reason) return `${reason}, which AWS cannot change in place`;
  if (old.length > 0) return 'the old one belongs to another load balancer, and a target group serves one only';
  return `Service ${namespace}/${service} port ${'name' in port ? port.name : port.number} is to receive requests`;
}

function planChange(wanted: TargetGroup, observed: ObservedTargetGroup): Step[] {
  const ref: Ref = { arn: observed.arn };
  const attributes = missingEntries(wanted.attributes, observed.attributes ?? wanted.attributes);
  return [
    ...planHealthCheck(wanted, observed),
    ...planAttributes({ wanted, ref, attributes }),
    ...planTags(wanted, observed),
  ];
}

function planHealthCheck(wanted: TargetGroup, observed: ObservedTargetGroup): Step[] {
  const differing = differences(wanted.healthCheck, observed.healthCheck);
  if (differing.length === 0) return [];
  const operation: Operation = {
    do: 'modifyTargetGroup',
    targetGroup: { arn: observed.arn },
    healthCheck: wanted.healthCheck,
  };
  return [
    change(wanted, { verb: 'modify', because: `the health check differs in ${differing.join(', ')}`, operation }),
  ];
}

function differences(wanted: HealthCheck, observed: HealthCheck): string[] {
  const keys = Object.keys(wanted) as (keyof HealthCheck)[];
  return keys.filter((key) => JSON.stringify(wanted[key]) !== JSON.stringify(observed[key]));
}

function planAttributes({
  wanted,
  ref,
  attributes,
}: {
  wanted: TargetGroup;
  ref: Ref;
  attributes: Record<string, string>;
}): Step[] {
  const keys = Object.keys(attributes);
  if (keys.length === 0) return [];
  const because = `the attributes ${keys.join(', ')} are to be set`;
  const operation: Operation = { do: 'modifyTargetGroupAttributes', targetGroup: ref, attributes };
  return [change(wanted, { verb: 'set-attributes', because, operation, needs: 'step' in ref ? [ref.step] : [] })];
}

function planTags(wanted: TargetGroup, observed: ObservedTargetGroup): Step[] {
  const tags = missingEntries(wanted.tags, observed.tags);
  if (Object.keys(tags).length === 0) return [];
  const because = `the tags ${Object.keys(tags).join(', ')} differ`;
  const operation: Operation = { do: 'addTags', api: 'elb', resources: [{ arn: observed.arn }], tags };
  return [change(wanted, { verb: 'tag', because, operation, impact: 'none' })];
}

type Change = { verb: string; because: string; operation: Operation; needs?: string[]; impact?: Step['impact'] };

function change({ id }: TargetGroup, { verb, because, operation, needs = [], impact = 'in place' }: Change): Step {
  const resource = targetGroupResource(id);
  return { id: `${verb} ${resource}`, resource, because, impact, needs, operation };
}
