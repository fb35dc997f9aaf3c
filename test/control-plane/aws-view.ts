import type { AwsState } from '../../src/local/aws/state.ts';
import type { ClusterWorld } from './operator-world.ts';

/** State of local AWS as its control endpoint tells it: maps have become records. */
type AwsView = { [Kind in keyof AwsState]: Record<string, ViewOf<AwsState[Kind]>> };
type ViewOf<M> = M extends Map<string, infer One> ? { [K in keyof One]: Unmapped<One[K]> } : never;
type Unmapped<T> = T extends Map<string, infer One> ? Record<string, One> : T;

export const awsState = ({ aws }: ClusterWorld): Promise<AwsView> => aws.control<AwsView>('state');

/** What a listener sends where, one line for each rule: port, hosts and paths, kinds of action; the default rules not counted. */
export function ruleLines({ rules, listeners }: AwsView): string[] {
  const counted = Object.values(rules).filter(({ priority }) => priority !== 'default');
  return counted
    .map(({ listenerArn, conditions, actions }) => {
      const values = conditions.flatMap((one) => one.HostHeaderConfig?.Values ?? one.PathPatternConfig?.Values ?? []);
      return [listeners[listenerArn]?.port, ...values, ...actions.map(({ Type }) => Type)].join(' ');
    })
    .toSorted();
}

/** Stacks of the load balancers that are there, from their tags. */
export const stacksOf = ({ loadBalancers }: AwsView): string[] =>
  Object.values(loadBalancers)
    .map(({ tags }) => tags['podwire.dev/stack'] ?? 'none')
    .toSorted();
