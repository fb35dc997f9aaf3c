import { keyOf } from '../../../cluster/objects.ts';
import type { AwsFacts, LoadBalancerView, WayFacts } from '../facts.ts';
import { type Finding, found } from '../findings.ts';
import { ledgerOf } from './ingress.ts';

/** Whether AWS still has what the ledgers say was made: load balancers and their listeners. */
export function checkLoadBalancers(facts: WayFacts): Finding[] {
  const { aws } = facts;
  if (aws === undefined) return [];
  return [...facts.ingresses.flatMap((ingress) => checkMade(ingress, facts, aws)), ...checkAsked(facts, aws)];
}

function checkMade(ingress: WayFacts['ingresses'][number], { ledgers }: WayFacts, aws: AwsFacts): Finding[] {
  const ledger = ledgerOf(ingress, ledgers)?.object;
  const { arn, resources = {} } = ledger?.status ?? {};
  if (ledger === undefined || arn === undefined) return [];
  const of = `Ingress ${keyOf(ingress)}`;
  const loadBalancer = aws.loadBalancers.find((one) => one.arn === arn);
  if (loadBalancer === undefined) return [found('LoadBalancerGone', `${of}: AWS has no load balancer ${arn}`)];
  return [...checkState(of, loadBalancer), ...checkListeners(of, loadBalancer, resources)];
}

function checkState(of: string, { state, name }: LoadBalancerView): Finding[] {
  if (state === 'active') return [];
  return [found('LoadBalancerNotActive', `${of}: load balancer ${name} is ${state}`)];
}

function checkListeners(of: string, { listeners }: LoadBalancerView, resources: Record<string, string>): Finding[] {
  const made = Object.keys(resources).flatMap((resource) => /^listener\/(\d+)$/.exec(resource)?.[1] ?? []);
  return made
    .filter((port) => listeners.every((one) => one.port !== Number(port)))
    .map((port) => found('ListenerGone', `${of}: its load balancer has no listener on port ${port}`));
}

/** Whether anybody listens where the client asks. */
function checkAsked({ request }: WayFacts, { loadBalancers }: AwsFacts): Finding[] {
  const listeners = loadBalancers.flatMap((one) => one.listeners);
  if (request === undefined || listeners.length === 0 || listeners.some(({ port }) => port === request.port)) return [];
  const ports = listeners.map(({ port }) => port).join(', ');
  return [found('PortNotListened', `the client asks on port ${request.port}, and there are listeners on ${ports}`)];
}
