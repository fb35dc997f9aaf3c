import type { MemberPlan } from './member.ts';
import type { Claim } from './member-settings.ts';
import { mergeSettings } from './merged-settings.ts';
import { refused } from './problem.ts';
import type { RuleDraft } from './rule-drafts.ts';
import type { TargetGroupDraft } from './backends.ts';
import type { Standing } from './standing.ts';
import type { Problem } from './stack.ts';

/** A member, by its place, that the group cannot serve as it is. */
export type Refusal = { at: number; problem: Problem };

/** The first member in order that does not go together with the others, or with what its own listeners can do. */
export function findRefusal(standings: readonly Standing[]): Refusal | undefined {
  const conflict = findConflict(standings);
  if (conflict !== undefined) return conflict;
  const serving = standings.flatMap(({ serving: plan }) => (plan ? [plan] : []));
  const merged = mergeSettings(serving);
  for (const [at, { serving: plan }] of standings.entries()) {
    const problem = plan && CHECKS.map((check) => check(plan, merged)).find((one) => one !== undefined);
    if (problem !== undefined) return { at, problem };
  }
  return undefined;
}

type Claimed = { at: number; claim: Claim; held: boolean; owner: string };

/** Of two values the one that was served before stays, else that of the first member. */
function findConflict(standings: readonly Standing[]): Refusal | undefined {
  const losers = [...Map.groupBy(standings.flatMap(claimed), ({ claim }) => claim.setting).values()].flatMap(
    (claims) => {
      const winner = claims.find(({ held }) => held) ?? claims[0];
      const loser = claims.find(({ claim }) => claim.value !== winner?.claim.value);
      return winner && loser ? [{ at: loser.at, problem: conflict(loser, winner) }] : [];
    },
  );
  return losers.toSorted((a, b) => a.at - b.at)[0];
}

function claimed({ serving, lastGood }: Standing, at: number): Claimed[] {
  const before = new Map(lastGood?.claims.map(({ setting, value }) => [setting, value]));
  return (serving?.claims ?? []).map((claim) => ({
    at,
    claim,
    held: before.get(claim.setting) === claim.value,
    owner: serving?.owner ?? '',
  }));
}

const conflict = ({ claim }: Claimed, winner: Claimed): Problem =>
  refused({
    reason: 'Conflict',
    field: claim.field,
    message: `${claim.setting}: wanted "${winner.claim.value}", which Ingress ${winner.owner} of the same group has; given "${claim.value}"`,
  });

type Check = (plan: MemberPlan, merged: ReturnType<typeof mergeSettings>) => Problem | undefined;

const needsCertificate: Check = ({ settings, owner }, merged) => {
  const port = settings.listenPorts.find(
    (one) => one.protocol === 'HTTPS' && (merged.certificates.get(one.port) ?? []).length === 0,
  )?.port;
  if (port === undefined) return undefined;
  const message = `wanted the ARN of a certificate for HTTPS port ${port}; given none, and none is looked up by host: set alb.ingress.kubernetes.io/certificate-arn`;
  return refused({ reason: 'CertificateMissing', field: fieldOfKey(owner, 'certificate-arn'), message });
};

const needsRedirectPort: Check = ({ settings, owner }, { ports }) => {
  const to = settings.sslRedirect;
  if (to === undefined || ports.get(to) === 'HTTPS') return undefined;
  const message = `wanted a port that listen-ports gives as HTTPS; given ${to}`;
  return refused({ reason: 'InvalidValue', field: fieldOfKey(owner, 'ssl-redirect'), message });
};

const needsDualstack: Check = (plan, { ipAddressType }) => {
  const group = groupsOf(plan).find((one) => one.ipAddressType === 'ipv6');
  if (group === undefined || ipAddressType !== 'ipv4') return undefined;
  const message = `wanted dualstack, since Service ${group.backend.namespace}/${group.backend.service} has IPv6 addresses; given ipv4: set ip-address-type to dualstack, or make IPv4 the Service's first family`;
  return refused({ reason: 'NeedsDualstack', field: fieldOfKey(plan.owner, 'ip-address-type'), message });
};

// AWS: HTTP/2 and gRPC target groups go with HTTPS listeners only.
const needsHttps: Check = (plan, { sslRedirect }) => {
  const group = groupsOf(plan).find(({ protocolVersion }) => protocolVersion !== 'HTTP1');
  const port = plan.settings.listenPorts.find(({ protocol }) => protocol === 'HTTP')?.port;
  if (group === undefined || port === undefined || sslRedirect !== undefined) return undefined;
  const message = `wanted HTTPS listeners only (or ssl-redirect) with protocol version ${group.protocolVersion}; given HTTP port ${port}`;
  return refused({ reason: 'NeedsHttps', field: fieldOfKey(plan.owner, 'listen-ports'), message });
};

const CHECKS: readonly Check[] = [needsCertificate, needsRedirectPort, needsDualstack, needsHttps];

const fieldOfKey = (owner: string, key: string): string =>
  `Ingress ${owner} metadata.annotations[alb.ingress.kubernetes.io/${key}]`;

/** Every target group a member forwards to, in the order of its rules. */
export function groupsOf({ rules, defaultAction }: Pick<MemberPlan, 'rules' | 'defaultAction'>): TargetGroupDraft[] {
  const actions: (RuleDraft['action'] | undefined)[] = [...rules.map(({ action }) => action), defaultAction];
  return actions.flatMap((action) =>
    action?.type === 'forward' ? action.targets.flatMap((target) => ('group' in target ? [target.group] : [])) : [],
  );
}
