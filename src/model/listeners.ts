import { hashOf } from './canonical.ts';
import type { StackInput } from './input.ts';
import type { MemberPlan } from './member.ts';
import type { MergedSettings } from './merged-settings.ts';
import type { DraftAction } from './rule-actions.ts';
import type { RuleDraft } from './rule-drafts.ts';
import type { Action, Listener, Rule, RuleCondition, Tags } from './stack.ts';
import { ownershipTags } from './tags.ts';
import type { TargetGroups } from './target-groups.ts';

/** What the listeners of a stack are made from. */
export type ListenerInput = {
  plans: readonly MemberPlan[];
  merged: MergedSettings;
  groups: TargetGroups;
  input: StackInput;
};

/** The listeners by port; each member's rules stand on the ports it listens on. */
export function buildListeners(from: ListenerInput): Listener[] {
  const ports = [...from.merged.ports].toSorted(([a], [b]) => a - b);
  return ports.map(([port, protocol]) => buildListener(from, port, protocol));
}

function buildListener(from: ListenerInput, port: number, protocol: 'HTTP' | 'HTTPS'): Listener {
  const { merged, input } = from;
  const redirects = redirectsToHttps(merged, protocol);
  const members = from.plans.filter(({ settings }) => settings.listenPorts.some((one) => one.port === port));
  const fallback = members.find(({ defaultAction }) => defaultAction !== undefined)?.defaultAction;
  const ordinary = fallback ? finishAction(fallback, from.groups) : NOT_FOUND;
  return {
    port,
    protocol,
    ...(protocol === 'HTTPS' && { sslPolicy: merged.sslPolicy ?? input.settings.defaultSslPolicy }),
    certificates: protocol === 'HTTPS' ? (merged.certificates.get(port) ?? []) : [],
    defaultActions: [redirects ? toHttps(merged.sslRedirect ?? 443) : ordinary],
    rules: redirects ? [] : buildRules(from, members, { port, protocol }),
    tags: tagsOf(from, `listener/${port}`),
  };
}

/** Whether a listener only sends its clients to HTTPS. */
export const redirectsToHttps = ({ sslRedirect }: MergedSettings, protocol: 'HTTP' | 'HTTPS'): boolean =>
  sslRedirect !== undefined && protocol === 'HTTP';

const NOT_FOUND: Action = { type: 'fixed-response', statusCode: '404', contentType: 'text/plain' };

const toHttps = (port: number): Action => ({
  type: 'redirect',
  protocol: 'HTTPS',
  host: '#{host}',
  port: String(port),
  path: '/#{path}',
  query: '#{query}',
  statusCode: 'HTTP_301',
});

type Place = { port: number; protocol: 'HTTP' | 'HTTPS' };

function buildRules(from: ListenerInput, members: readonly MemberPlan[], place: Place): Rule[] {
  const drafts = members.flatMap(({ rules, owner }) => rules.map((draft) => ({ ...draft, owner })));
  const useful = drafts.filter((draft) => !leadsBack(draft, place));
  return useful.map(({ conditions, action, owner }, at) => ({
    priority: at + 1,
    conditions,
    actions: [finishAction(action, from.groups)],
    tags: tagsOf(from, `rule/${place.port}/${hashOf({ conditions, owner }).slice(0, 10)}`),
    owner,
  }));
}

/** A redirect to where the request came from would go round for ever, so that such a rule has no place on this listener. */
function leadsBack({ action, conditions }: RuleDraft, { port, protocol }: Place): boolean {
  if (action.type !== 'redirect') return false;
  const same = (given: string, placeholder: string, own: readonly string[]) =>
    given === placeholder || own.includes(given);
  return (
    same(action.protocol, '#{protocol}', [protocol]) &&
    same(action.port, '#{port}', [String(port)]) &&
    same(action.host, '#{host}', valuesOf(conditions, 'host-header')) &&
    same(action.path, '/#{path}', valuesOf(conditions, 'path-pattern'))
  );
}

const valuesOf = (conditions: RuleCondition[], field: 'host-header' | 'path-pattern'): string[] =>
  conditions.flatMap((one) => (one.field === field && 'values' in one ? one.values : []));

function finishAction(action: DraftAction, { idOf }: TargetGroups): Action {
  if (action.type !== 'forward') return action;
  const targets = action.targets.map(({ weight, ...target }) =>
    'group' in target ? { targetGroup: idOf(target.group), weight } : { arn: target.arn, weight },
  );
  return { ...action, targets };
}

const tagsOf = ({ merged, input }: ListenerInput, resource: string): Tags => ({
  ...merged.tags,
  ...input.settings.defaultTags,
  ...ownershipTags(input.cluster, input.key, resource),
});
