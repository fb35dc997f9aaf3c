import { TAG } from '../model/tags.ts';
import type { Draft } from './draft.ts';
import { missingEntries } from './equality.ts';
import type { ObservedLoadBalancer } from './observed.ts';
import type { Ref, Step } from './step.ts';

/**
 * Tags of the load balancer that differ, and with them those of its listeners and rules, whose tags are never read: the
 * load balancer comes last, so that what was left undone is seen again.
 */
export function planTags(draft: Draft): Step[] {
  const { loadBalancer, wanted } = draft;
  if (!loadBalancer) return [];
  const tags = missingEntries(wanted.loadBalancer.tags, loadBalancer.tags);
  const keys = Object.keys(tags);
  if (keys.length === 0) return [];
  const because = `the tags ${keys.join(', ')} differ`;
  const below = planBelow(loadBalancer, tags, because);
  return [
    ...below,
    tagging({
      resource: 'load-balancer',
      resources: [{ arn: loadBalancer.arn }],
      tags,
      because,
      needs: below.map(({ id }) => id),
    }),
  ];
}

function planBelow(loadBalancer: ObservedLoadBalancer, tags: Record<string, string>, because: string): Step[] {
  const shared = Object.fromEntries(Object.entries(tags).filter(([key]) => key !== TAG.resource));
  if (Object.keys(shared).length === 0) return [];
  return loadBalancer.listeners.map(({ port, arn, rules }) => {
    const resources = [arn, ...rules.map((rule) => rule.arn)].map((each): Ref => ({ arn: each }));
    return tagging({ resource: `listener/${port}`, resources, tags: shared, because, needs: [] });
  });
}

type Tagging = { resource: string; resources: Ref[]; tags: Record<string, string>; because: string; needs: string[] };

function tagging({ resource, resources, tags, because, needs }: Tagging): Step {
  return {
    id: `tag ${resource}`,
    resource,
    because,
    impact: 'none',
    needs,
    operation: { do: 'addTags', api: 'elb', resources, tags },
  };
}
