import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import type { Listener, LoadBalancer, Rule, TargetGroup } from '../state.ts';

type Kind = { word: string; resource: string; code: string };

const KINDS = {
  loadBalancers: { word: 'load balancers', resource: 'loadbalancer', code: 'LoadBalancerNotFound' },
  targetGroups: { word: 'target groups', resource: 'targetgroup', code: 'TargetGroupNotFound' },
  listeners: { word: 'listeners', resource: 'listener', code: 'ListenerNotFound' },
  rules: { word: 'rules', resource: 'listener-rule', code: 'RuleNotFound' },
} satisfies Record<string, Kind>;

type Stored = { loadBalancers: LoadBalancer; targetGroups: TargetGroup; listeners: Listener; rules: Rule };

function find<K extends keyof Stored>(aws: LocalAws, kind: K, arn: string | undefined): Stored[K] {
  const { word, resource, code } = KINDS[kind];
  if (!arn?.startsWith('arn:') || arn.split(':')[5]?.split('/')[0] !== resource)
    throw validationError(`'${arn ?? ''}' is not a valid ${word.slice(0, -1)} ARN`);
  const found = aws.state[kind].get(arn) as Stored[K] | undefined;
  if (!found) throw new ElbError(code, `One or more ${word} not found`);
  return found;
}

export const loadBalancerOf = (aws: LocalAws, arn: string | undefined) => find(aws, 'loadBalancers', arn);
export const targetGroupOf = (aws: LocalAws, arn: string | undefined) => find(aws, 'targetGroups', arn);
export const listenerOf = (aws: LocalAws, arn: string | undefined) => find(aws, 'listeners', arn);
export const ruleOf = (aws: LocalAws, arn: string | undefined) => find(aws, 'rules', arn);

/** The listener as calls other than its own creation see it: not before the consistency lag has passed. */
export function visibleListenerOf(aws: LocalAws, arn: string | undefined): Listener {
  const listener = listenerOf(aws, arn);
  if (aws.clock.monotonic() - listener.createdAt >= aws.settings.consistencyLagMs) return listener;
  throw new ElbError('ListenerNotFound', 'One or more listeners not found');
}

/** The resources that the ARNs or names of a describe call ask for; all of them when it asks for none. */
export function chosen<K extends 'loadBalancers' | 'targetGroups'>(
  aws: LocalAws,
  kind: K,
  by: { arns?: string[] | undefined; names?: string[] | undefined },
): Stored[K][] {
  if (by.arns?.length && by.names?.length)
    throw validationError(`Specify names or ARNs of ${KINDS[kind].word}, not both`);
  if (by.arns?.length) return by.arns.map((arn) => find(aws, kind, arn));
  const all = [...aws.state[kind].values()] as Stored[K][];
  if (!by.names?.length) return all;
  return by.names.map((name) => {
    const found = all.find((resource) => resource.name === name);
    if (found) return found;
    throw new ElbError(KINDS[kind].code, `One or more ${KINDS[kind].word} not found`);
  });
}
