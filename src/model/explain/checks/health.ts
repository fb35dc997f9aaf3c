import type { Pod } from '../../../cluster/objects.ts';
import type { HealthCheck } from '../../stack.ts';
import type { PodView, ProbeView, TargetView } from '../facts.ts';
import { type Finding, found } from '../findings.ts';
import { checkedPort, type GroupWay, nodeOfInstance, type TargetWay, targetWaysOf } from '../groups.ts';
import { checkSecurity } from './security.ts';

/** Why targets are not healthy, with AWS's reason, and what healthy ones suffer from. */
export function checkHealth(group: GroupWay): Finding[] {
  const targets = targetWaysOf(group);
  return [
    ...targets.flatMap((way) => checkTarget(way, group)),
    ...checkSlowStart(group, targets),
    ...checkHairpin(group),
  ];
}

const CHECKED = new Set(['initial', 'unhealthy', 'unavailable']);

function checkTarget(way: TargetWay, group: GroupWay): Finding[] {
  const { state } = way;
  if (state === undefined || !CHECKED.has(state.state)) return [];
  const security = checkSecurity(way, group);
  return security.length > 0 ? security : [whyUnhealthy({ ...way, state }, group)];
}

type Checked = TargetWay & { state: TargetView };

function whyUnhealthy(way: Checked, group: GroupWay): Finding {
  const { name, state } = way;
  const check = group.view?.healthCheck;
  if (state.state === 'initial' || check === undefined)
    return found('TargetStarting', `target ${name}: ${state.description} (${state.reason})`);
  const explain = WHY[state.reason] ?? otherReason;
  return explain(way, { group, check });
}

type Explain = (way: Checked, given: { group: GroupWay; check: HealthCheck }) => Finding;

/** By AWS's reason (ALB guide, target health reason codes). */
const WHY: Record<string, Explain> = {
  'Target.Timeout': ({ name, state }, { check }) =>
    found(
      'TargetTimeout',
      `target ${name} does not answer the health check ${requestOf(check)} within ${check.timeoutSeconds} s (${state.reason}), and its security groups let it in`,
    ),
  'Target.ResponseCodeMismatch': ({ name, state }, { check }) => {
    const given = /\[([\d, ]+)\]/.exec(state.description)?.[1] ?? 'another code';
    const message = `target ${name} answers the health check ${requestOf(check)} with ${given}, and it wants ${matcherOf(check)} (${state.reason})`;
    return found('MatcherMismatch', message, given.startsWith('3') ? { more: REDIRECTS } : {});
  },
  'Target.FailedHealthChecks': (way, { group, check }) =>
    protocolMismatch(way, group) ?? otherReason(way, { group, check }),
};

const REDIRECTS =
  'it redirects the health check: an application that redirects all HTTP to HTTPS does so for ever behind a load balancer that speaks HTTP to it';

const otherReason: Explain = ({ name, state }, { check }) =>
  found(
    'HealthChecksFail',
    `target ${name}: ${state.description || 'unhealthy'}, ${requestOf(check)} (${state.reason})`,
  );

const requestOf = ({ path }: HealthCheck): string => (path === '' ? 'by connection' : `GET ${path}`);

const matcherOf = ({ matcher }: HealthCheck): string => ('httpCode' in matcher ? matcher.httpCode : matcher.grpcCode);

/** The pod's own readiness probe tells which of the two protocols its port speaks. */
function protocolMismatch({ name, target, state, pod }: Checked, group: GroupWay): Finding | undefined {
  const { healthCheck } = group.view ?? {};
  const port = checkedPort(group, target);
  const probe = probesOf(pod, group).find((one) => one.number === port);
  if (healthCheck === undefined || probe === undefined) return undefined;
  if (healthCheck.protocol === 'HTTPS' && probe.scheme === 'HTTP')
    return found(
      'TlsToHttp',
      `target ${name}: the load balancer speaks HTTPS to it, and the readiness probe of its pod finds plain HTTP there (${state.reason})`,
    );
  if (healthCheck.protocol === 'HTTP' && probe.scheme === 'HTTPS')
    return found(
      'HttpToTls',
      `target ${name}: the load balancer speaks HTTP to it, and the readiness probe of its pod finds HTTPS there (${state.reason})`,
    );
  return undefined;
}

/** Of containers that are ready: their probes succeed. */
function probesOf(pod: Pod | undefined, { facts }: GroupWay): ProbeView[] {
  const view = facts.pods.find(({ uid }) => uid === pod?.uid);
  return (view?.containers ?? []).flatMap(({ ready, probe }) => (ready && probe ? [probe] : []));
}

const TOGETHER_MS = 5_000;

/** Targets that began when others served already; those that began an empty group do not start slowly (ALB guide, slow start mode). */
function checkSlowStart({ view, facts }: GroupWay, targets: TargetWay[]): Finding[] {
  const seconds = Number(view?.attributes['slow_start.duration_seconds'] ?? 0);
  if (!(seconds > 0)) return [];
  const now = Date.parse(facts.now);
  const started = facts.pods.map(servesSince).filter((since) => Number.isFinite(since));
  const first = Math.min(...started);
  return targets.flatMap(({ name, state, pod }) => {
    const since = servesSince(facts.pods.find(({ uid }) => uid === pod?.uid));
    const alone = since - first < TOGETHER_MS;
    if (state?.state !== 'healthy' || alone || !(now - since < seconds * 1_000)) return [];
    const gone = Math.max(0, Math.round((now - since) / 1_000));
    const message = `target ${name} has been ready for ${gone} s of a slow start of ${seconds} s, and gets a part of its share only`;
    return [found('SlowStart', message)];
  });
}

const servesSince = (pod: PodView | undefined): number =>
  Date.parse((pod?.gate?.status === 'True' ? pod.gate.since : pod?.containersReadyAt) ?? '');

/** A client that is a target itself, where the load balancer keeps the client's address. */
function checkHairpin({ view, selection, facts }: GroupWay): Finding[] {
  const { client } = facts;
  if (client === undefined || view?.attributes['preserve_client_ip.enabled'] !== 'true') return [];
  const own = selection.targets.find(
    ({ id }) => client.addresses.includes(id) || nodeOfInstance(id, facts.nodes)?.name === client.node,
  );
  if (own === undefined) return [];
  const name = `pod ${client.namespace}/${client.name}`;
  const is = client.addresses.includes(own.id) ? `is target ${own.id}:${own.port} itself` : `runs on target ${own.id}`;
  const message = `${name} ${is}: with its own address kept, what it sends to the load balancer times out when it comes back to it`;
  return [found('Hairpin', message)];
}
