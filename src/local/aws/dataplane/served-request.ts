import type { AwsState, Rule } from '../state.ts';
import type { ListenerAddress } from './address-book.ts';

/** Host and path of a request that the first rule of a listener takes, as far as they can be told; of a default rule neither. */
export function requestOf(
  { listeners, rules }: Pick<AwsState, 'listeners' | 'rules'>,
  { loadBalancerArn, listenerPort }: Pick<ListenerAddress, 'loadBalancerArn' | 'listenerPort'>,
): { host?: string; path?: string } {
  const listener = [...listeners.values()].find(
    (one) => one.loadBalancerArn === loadBalancerArn && one.port === listenerPort,
  );
  const [first] = [...rules.values()]
    .filter(({ listenerArn, priority }) => listenerArn === listener?.arn && priority !== 'default')
    .toSorted((a, b) => Number(a.priority) - Number(b.priority));
  const host = first && patternOf(first, 'host-header');
  const path = first && patternOf(first, 'path-pattern');
  return { ...(host !== undefined && { host }), ...(path !== undefined && { path }) };
}

/** What matches the first pattern of a condition. */
function patternOf({ conditions }: Rule, field: string): string | undefined {
  const { Values: [pattern] = [] } = conditions.find(({ Field }) => Field === field) ?? {};
  return pattern?.replaceAll(/[*?]/g, field === 'host-header' ? 'a' : '');
}
