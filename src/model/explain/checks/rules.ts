import { keyOf } from '../../../cluster/objects.ts';
import { portOf } from '../../target.ts';
import type { ListenerView, LoadBalancerView, RuleView, WayFacts } from '../facts.ts';
import { type Finding, found } from '../findings.ts';
import { firstSure, loopOf, type Request, urlOf } from '../requests.ts';
import { ledgerOf } from './ingress.ts';
import { ownRules, samplesOf, serves, servesHost, type Way, type WayBackend, waysOf } from '../ways.ts';

/** What becomes of a request between listener and target group. */
export function checkRules(facts: WayFacts): Finding[] {
  const ways = facts.ingresses.flatMap(waysOf);
  const asked = checkAsked(ways, facts);
  if (asked.length > 0) return asked;
  const { request } = facts;
  const concerned = request === undefined ? ways : ways.filter((way) => serves(way, request));
  return concerned.filter((way) => leadsToSubject(way, facts)).flatMap((way) => checkWay(way, facts));
}

/** Of an Ingress every path counts, of a Service or pod those that lead to it. */
const leadsToSubject = ({ backends }: Way, { subject, backends: named }: WayFacts): boolean =>
  subject.kind === 'ingress' || backends.some(({ service }) => named.includes(service));

function checkAsked(ways: Way[], { request }: WayFacts): Finding[] {
  if (request === undefined || ways.length === 0) return [];
  const ofHost = ways.filter(({ host }) => servesHost(host, request.host));
  const hosts = [...new Set(ways.map(({ host = '*' }) => host))].join(', ');
  if (ofHost.length === 0)
    return [
      found(
        'HostNotServed',
        `no rule on port ${request.port} names the host ${request.host}; there are rules for ${hosts}`,
      ),
    ];
  if (ofHost.some((way) => serves(way, request))) return [];
  const paths = ofHost.map(({ name }) => name).join(', ');
  return [
    found('PathNotServed', `no rule on port ${request.port} serves ${urlOf(request)}; there are rules for ${paths}`),
  ];
}

function checkWay(way: Way, facts: WayFacts): Finding[] {
  const of = `Ingress ${keyOf(way.ingress)}, ${way.name}`;
  const backends = way.backends.flatMap((backend) => checkBackend(of, { way, backend, facts }));
  return [...backends, ...checkInAws(of, way, facts)];
}

type Step = { way: Way; backend: WayBackend; facts: WayFacts };

function checkBackend(of: string, { way, backend, facts }: Step): Finding[] {
  const { namespace } = way.ingress;
  const service = facts.services.find(({ name }) => name === backend.service);
  const what = `Service ${namespace}/${backend.service}`;
  if (service === undefined) return [found('ServiceNotFound', `${of}: there is no ${what}${foreign(backend, facts)}`)];
  const weightless = backend.weight === 0 && backend.total > 0;
  const zero = weightless ? [found('WeightZero', `${of}: ${what} has weight 0 of ${backend.total}`)] : [];
  if (portOf(service, backend.port) !== undefined) return zero;
  const wanted = 'name' in backend.port ? `"${backend.port.name}"` : backend.port.number;
  const has = service.ports.map(({ name, port }) => (name === '' ? String(port) : `"${name}" (${port})`)).join(', ');
  return [...zero, found('PortNotFound', `${of}: ${what} has no port ${wanted}; it has ${has || 'none'}`)];
}

const NAMED = 3;

function foreign({ service }: WayBackend, { elsewhere }: WayFacts): string {
  const others = elsewhere.filter(({ name }) => name === service).map(keyOf);
  if (others.length === 0) return '';
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  return `; there is a ${others.slice(0, NAMED).join(', ')}${more}, and an Ingress names Services of its own namespace only`;
}

function checkInAws(of: string, way: Way, facts: WayFacts): Finding[] {
  const applications = (facts.aws?.loadBalancers ?? []).filter(({ type }) => type === 'application');
  const findings = applications.flatMap(({ listeners }) =>
    listeners.flatMap((listener) => checkListener(of, way, { listener, listeners })),
  );
  return [...findings, ...checkRule(of, way, { facts, applications })];
}

/** What was accepted and has a path has a rule; where a listener is gone its rules are no news. */
function checkRule(of: string, way: Way, at: { facts: WayFacts; applications: LoadBalancerView[] }): Finding[] {
  const { member, object } = ledgerOf(way.ingress, at.facts.ledgers) ?? {};
  const loadBalancer = at.applications.find(({ arn }) => arn === object?.status.arn);
  if (way.path === undefined || member?.accepted !== true || loadBalancer === undefined) return [];
  const made = Object.keys(object?.status.resources ?? {}).filter((resource) => resource.startsWith('listener/'));
  const { listeners } = loadBalancer;
  if (listeners.length < Math.max(1, made.length) || listeners.some((listener) => ownRules(way, listener).length > 0))
    return [];
  return [found('RuleGone', `${of}: no listener of its load balancer has a rule for it`)];
}

type At = { listener: ListenerView; listeners: ListenerView[] };

function checkListener(of: string, way: Way, { listener, listeners }: At): Finding[] {
  const [own] = ownRules(way, listener);
  if (own === undefined) return [];
  const scheme = listener.protocol === 'HTTPS' ? 'https' : 'http';
  const samples = samplesOf(way, { scheme, port: listener.port });
  const shadow = shadowOf(samples, { own, listener });
  if (shadow !== undefined)
    return [
      found(
        'RuleShadowed',
        `${of}: the rule of priority ${shadow.priority} on port ${listener.port} matches all of it before, and sends it elsewhere`,
      ),
    ];
  return samples.slice(0, 1).flatMap((sample) => checkLoop(of, sample, listeners));
}

/** The rule that takes every one of the requests before ours does, where it does something else with them. */
function shadowOf(
  samples: Request[],
  { own, listener }: { own: RuleView; listener: ListenerView },
): RuleView | undefined {
  const first = samples.map((sample) => firstSure(listener, sample));
  const before = first.every((rule) => rule !== undefined && rule.priority < own.priority);
  const [shadow] = first;
  return before && JSON.stringify(shadow?.actions) !== JSON.stringify(own.actions) ? shadow : undefined;
}

function checkLoop(of: string, sample: Request, listeners: ListenerView[]): Finding[] {
  const asked = loopOf(listeners, sample);
  const [, next] = asked ?? [];
  if (asked === undefined || next === undefined) return [];
  const rest = asked.slice(2).map(urlOf);
  const itself = 'which it answers itself';
  const more = asked.length > 2 ? `which leads to ${rest.join(', ')} and so round` : itself;
  return [found('RedirectLoop', `${of}: it redirects to ${urlOf(next)}, ${more}`)];
}
