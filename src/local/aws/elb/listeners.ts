import type {
  CreateListenerInput,
  DeleteListenerInput,
  DescribeListenersInput,
  Listener as ListenerShape,
  ModifyListenerInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError } from '../error.ts';
import { listenersOf, rulesOf } from '../state.ts';
import type { Listener, LoadBalancer, Rule } from '../state.ts';
import { checkedActions } from './actions.ts';
import { listenerOf, loadBalancerOf } from './lookup.ts';
import { checkPort } from './names.ts';
import { pageOf } from './paging.ts';
import { checkQuota } from './quotas.ts';
import { refreshReferences } from './references.ts';
import { checkedSecurity } from './security.ts';
import { withTags } from './tags.ts';

const PROTOCOLS = { application: ['HTTP', 'HTTPS'], network: ['TCP', 'TLS', 'UDP', 'TCP_UDP'] };

/** Creates a listener, or returns the one on that port when it has the same settings. */
export function createListener(aws: LocalAws, input: CreateListenerInput) {
  const loadBalancer = loadBalancerOf(aws, input.LoadBalancerArn);
  const port = checkPort(input.Port);
  const protocol = checkProtocol(loadBalancer, input.Protocol);
  const security = checkedSecurity(aws, input, { protocol });
  const actions = checkedActions(aws, input.DefaultActions, { loadBalancer, protocol, port });
  const settings = { port, protocol, ...security };
  const siblings = listenersOf(aws.state, loadBalancer.arn);
  const same = siblings.find((listener) => listener.port === port);
  if (same) return { Listeners: [shapeOf(aws, sameOrRefuse(aws, same, { settings, actions }))] };
  const count = siblings.length + 1;
  checkQuota(aws, `listeners-per-${loadBalancer.type}-load-balancer`, { count, code: 'TooManyListeners' });
  const created = addListener(aws, loadBalancer, { ...settings, tags: withTags(input.Tags) });
  addDefaultRule(aws, created, actions);
  refreshReferences(aws);
  return { Listeners: [shapeOf(aws, created)] };
}

type Settings = Pick<
  Listener,
  'port' | 'protocol' | 'certificates' | 'sslPolicy' | 'alpnPolicy' | 'mutualAuthentication'
>;

function addListener(aws: LocalAws, loadBalancer: LoadBalancer, settings: Settings & Pick<Listener, 'tags'>): Listener {
  const created: Listener = {
    ...settings,
    arn: aws.arn('elasticloadbalancing', `listener/${loadBalancer.path}/${aws.hexId()}`),
    loadBalancerArn: loadBalancer.arn,
    attributes: {},
    createdAt: aws.clock.monotonic(),
  };
  aws.state.listeners.set(created.arn, created);
  aws.changed('listener', created.arn);
  return created;
}

function addDefaultRule(aws: LocalAws, listener: Listener, actions: Rule['actions']): void {
  const arn = `${listener.arn.replace(':listener/', ':listener-rule/')}/${aws.hexId()}`;
  const rule: Rule = {
    arn,
    listenerArn: listener.arn,
    priority: 'default',
    conditions: [],
    actions,
    transforms: [],
    tags: {},
  };
  aws.state.rules.set(arn, rule);
  aws.changed('rule', arn);
}

function defaultRuleOf(aws: LocalAws, listener: Listener): Rule {
  return rulesOf(aws.state, listener.arn).at(-1) as Rule;
}

function checkProtocol(loadBalancer: LoadBalancer, protocol: string | undefined): Listener['protocol'] {
  if (PROTOCOLS[loadBalancer.type].includes(protocol ?? '')) return protocol as Listener['protocol'];
  throw new ElbError(
    'UnsupportedProtocol',
    `Protocol '${protocol ?? ''}' is not supported for ${loadBalancer.type} load balancers; use ${PROTOCOLS[loadBalancer.type].join(' or ')}`,
  );
}

function sameOrRefuse(
  aws: LocalAws,
  present: Listener,
  wanted: { settings: Settings; actions: Rule['actions'] },
): Listener {
  const key = (of: Settings, actions: Rule['actions']) =>
    JSON.stringify([of.protocol, of.sslPolicy, of.certificates[0], of.alpnPolicy, actions]);
  if (key(present, defaultRuleOf(aws, present).actions) === key(wanted.settings, wanted.actions)) return present;
  throw new ElbError(
    'DuplicateListener',
    `A listener already exists on this port for this load balancer '${present.loadBalancerArn}'`,
  );
}

function shapeOf(aws: LocalAws, listener: Listener): ListenerShape {
  const [certificate] = listener.certificates;
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.loadBalancerArn,
    Port: listener.port,
    Protocol: listener.protocol,
    ...(certificate !== undefined && { Certificates: [{ CertificateArn: certificate }] }),
    ...(listener.sslPolicy !== undefined && { SslPolicy: listener.sslPolicy }),
    DefaultActions: defaultRuleOf(aws, listener).actions,
    ...(listener.alpnPolicy && { AlpnPolicy: listener.alpnPolicy }),
    ...(listener.mutualAuthentication && { MutualAuthentication: listener.mutualAuthentication }),
  };
}

export function describeListeners(aws: LocalAws, input: DescribeListenersInput) {
  const found = input.ListenerArns?.length
    ? input.ListenerArns.map((arn) => listenerOf(aws, arn))
    : listenersOf(aws.state, loadBalancerOf(aws, input.LoadBalancerArn).arn);
  const { items, ...next } = pageOf(found, input);
  return { Listeners: items.map((listener) => shapeOf(aws, listener)), ...next };
}

/** Changes what the input names. Default actions are replaced as a whole; a new default certificate leaves the SNI list alone. */
export function modifyListener(aws: LocalAws, input: ModifyListenerInput) {
  const listener = listenerOf(aws, input.ListenerArn);
  const loadBalancer = loadBalancerOf(aws, listener.loadBalancerArn);
  const port = input.Port === undefined ? listener.port : checkPort(input.Port);
  const protocol = input.Protocol === undefined ? listener.protocol : checkProtocol(loadBalancer, input.Protocol);
  const taken = listenersOf(aws.state, loadBalancer.arn).some((other) => other !== listener && other.port === port);
  if (taken)
    throw new ElbError(
      'DuplicateListener',
      `A listener already exists on this port for this load balancer '${loadBalancer.arn}'`,
    );
  const security = checkedSecurity(aws, input, { protocol, present: listener });
  const rule = defaultRuleOf(aws, listener);
  const actions = input.DefaultActions?.length
    ? checkedActions(aws, input.DefaultActions, { loadBalancer, protocol, port })
    : rule.actions;
  for (const key of ['sslPolicy', 'alpnPolicy', 'mutualAuthentication'] as const) delete listener[key];
  Object.assign(listener, { port, protocol, ...security });
  rule.actions = actions;
  aws.changed('listener', listener.arn);
  refreshReferences(aws);
  return { Listeners: [shapeOf(aws, listener)] };
}

export function deleteListener(aws: LocalAws, input: DeleteListenerInput): object {
  const listener = listenerOf(aws, input.ListenerArn);
  removeListener(aws, listener);
  refreshReferences(aws);
  return {};
}

/** Removes a listener with its rules; who names which target group has to be worked out anew afterwards. */
export function removeListener(aws: LocalAws, listener: Listener): void {
  for (const rule of rulesOf(aws.state, listener.arn)) aws.state.rules.delete(rule.arn);
  aws.state.listeners.delete(listener.arn);
  aws.changed('listener', listener.arn);
}
