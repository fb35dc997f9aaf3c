import type { ActionFact, AwsFacts, DoctorFacts, NodeGroupsFact, QuotaFact } from '../facts.ts';
import { type Finding, found, isSkipped, isWell } from '../finding.ts';
import { wordsOf } from './words.ts';

/** Of a quota. */
const NEARLY = 0.8;
/** Inbound rules of a security group, unless the quota was raised; warned of a little before. */
const RULES_MOST = 60;
const RULES_NEARLY = 54;

export function judgeActions(facts: DoctorFacts, { actions }: AwsFacts): Finding[] {
  if ('unknown' in actions) return [isSkipped('iam', 'the policy', actions.unknown)];
  const denied = actions.value.flatMap((one) => judgeAction(facts, one));
  const unjudged = Object.entries(Object.groupBy(actions.value, ({ verdict }) => unknownOf(verdict))).filter(
    ([why]) => why !== '',
  );
  const judged = actions.value.filter(({ verdict }) => 'allowed' in verdict);
  const allowed = new Set(
    judged.flatMap(({ action, verdict }) => ('allowed' in verdict && verdict.allowed ? action : [])),
  );
  return [
    ...(denied.length === 0 && allowed.size > 0
      ? [isWell('iam', 'the policy', `allows ${allowed.size} actions: ${howOf(judged)}`)]
      : denied),
    ...unjudged.map(([why, of = []]) => isSkipped('iam', namesOf(of), why)),
  ];
}

const unknownOf = (verdict: ActionFact['verdict']): string => ('unknown' in verdict ? verdict.unknown : '');

const namesOf = (actions: ActionFact[]): string => [...new Set(actions.map(({ action }) => action))].join(', ');

/** `9 by a dry run, 4 by simulation`. */
function howOf(actions: ActionFact[]): string {
  const ways = Object.groupBy(actions, ({ verdict }) => ('how' in verdict ? verdict.how : ''));
  return Object.entries(ways)
    .map(([how, of = []]) => `${new Set(of.map(({ action }) => action)).size} by ${how}`)
    .join(', ');
}

function judgeAction(facts: DoctorFacts, { action, statement, why, verdict }: ActionFact): Finding[] {
  if (!('allowed' in verdict) || verdict.allowed) return [];
  const { settings } = facts;
  const vpc = 'value' in settings ? settings.value.vpcId : 'VPC';
  const message = `is denied, by ${verdict.how}: ${verdict.told}. It stands in the statement ${statement} of the policy`;
  return [found('ActionDenied', { object: action, message, words: { ...wordsOf(facts), vpc, why } })];
}

export function judgeQuotas(facts: DoctorFacts, { quotas }: AwsFacts): Finding[] {
  if ('unknown' in quotas) return [isSkipped('quotas', 'the account', quotas.unknown)];
  const close = quotas.value.filter(({ used, most }) => used >= NEARLY * most);
  if (close.length > 0) return close.map((one) => judgeQuota(facts, one));
  const account = quotas.value.filter(({ of }) => of === 'the account');
  return [
    isWell('quotas', 'the account', account.map(({ quota, used, most }) => `${quota} ${used} of ${most}`).join(', ')),
  ];
}

function judgeQuota(facts: DoctorFacts, { quota, of, used, most }: QuotaFact): Finding {
  const reason = used >= most ? 'QuotaFull' : 'QuotaNearlyFull';
  return found(reason, { object: of, message: `${quota}: ${used} of ${most} in use`, words: wordsOf(facts) });
}

export function judgeGroups(facts: DoctorFacts, { groups }: AwsFacts): Finding[] {
  if ('unknown' in groups) return [isSkipped('security-groups', 'nodes', groups.unknown)];
  const { nodes, rules } = groups.value;
  const crowded = rules.filter(({ count }) => count >= RULES_NEARLY);
  const unwell = [
    ...nodes.flatMap((node) => judgeNode(facts, node)),
    ...crowded.map(({ group, count }) =>
      found('SecurityGroupCrowded', {
        object: `security group ${group}`,
        message: `has ${count} rules for inbound traffic; ${RULES_MOST} is the usual quota`,
        words: wordsOf(facts),
      }),
    ),
  ];
  if (unwell.length > 0) return unwell;
  return [
    isWell(
      'security-groups',
      `${nodes.length} nodes`,
      `rules go to ${rules.map(({ group }) => group).join(', ') || 'none'}`,
    ),
  ];
}

/** As the operator chooses: the only one, or the only one with the tag of the cluster. */
function judgeNode(facts: DoctorFacts, { node: name, groups, tagged }: NodeGroupsFact): Finding[] {
  const object = `Node ${name}`;
  if (groups.length === 0)
    return [
      found('NoSecurityGroup', { object, message: 'its network interface has no security group', words: { name } }),
    ];
  if (groups.length === 1 || tagged.length === 1) return [];
  const message = `has ${groups.join(', ')}, of which ${tagged.length === 0 ? 'none' : tagged.length} carries the tag of the cluster`;
  return [found('AmbiguousSecurityGroup', { object, message, words: { ...wordsOf(facts), group: groups[0] ?? '' } })];
}
