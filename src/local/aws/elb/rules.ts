import type {
  CreateRuleInput,
  DeleteRuleInput,
  DescribeRulesInput,
  ModifyRuleInput,
  RuleTransform,
  Rule as RuleShape,
  SetRulePrioritiesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LocalAws } from '../aws.ts';
import { ElbError, validationError } from '../error.ts';
import { listenersOf, rulesOf } from '../state.ts';
import type { Listener, Rule } from '../state.ts';
import { checkedActions } from './actions.ts';
import { checkedConditions } from './conditions.ts';
import { listenerOf, loadBalancerOf, ruleOf, visibleListenerOf } from './lookup.ts';
import { checkEnum, checkRange } from './names.ts';
import { pageOf } from './paging.ts';
import { checkQuota } from './quotas.ts';
import { refreshReferences } from './references.ts';
import { withTags } from './tags.ts';

export function createRule(aws: LocalAws, input: CreateRuleInput) {
  const listener = visibleListenerOf(aws, input.ListenerArn);
  const priority = checkPriority(input.Priority);
  const conditions = checkedConditions(aws, input.Conditions);
  const actions = checkedActions(aws, input.Actions, placeOf(aws, listener));
  const transforms = checkedTransforms(input.Transforms);
  if (rulesOf(aws.state, listener.arn).some((rule) => rule.priority === priority))
    throw new ElbError('PriorityInUse', `Priority '${priority}' is currently in use`);
  const count = ruleCount(aws, listener.loadBalancerArn) + 1;
  checkQuota(aws, 'rules-per-application-load-balancer', { count, code: 'TooManyRules' });
  const arn = `${listener.arn.replace(':listener/', ':listener-rule/')}/${aws.hexId()}`;
  const tags = withTags(input.Tags);
  const rule: Rule = { arn, listenerArn: listener.arn, priority, conditions, actions, transforms, tags };
  aws.state.rules.set(arn, rule);
  aws.changed('rule', arn);
  refreshReferences(aws);
  return { Rules: [shapeOf(rule)] };
}

function placeOf(aws: LocalAws, listener: Listener) {
  const loadBalancer = loadBalancerOf(aws, listener.loadBalancerArn);
  return { loadBalancer, protocol: listener.protocol, port: listener.port };
}

function checkPriority(priority: number | undefined): number {
  return checkRange('Rule priority', priority ?? 0, { min: 1, max: 50_000 });
}

/** Rules of a load balancer that count toward its quota: all but the default ones. */
function ruleCount(aws: LocalAws, loadBalancerArn: string): number {
  const perListener = listenersOf(aws.state, loadBalancerArn).map(
    (listener) => rulesOf(aws.state, listener.arn).length - 1,
  );
  return perListener.reduce((sum, count) => sum + count, 0);
}

function checkedTransforms(transforms: RuleTransform[] | undefined): RuleTransform[] {
  const types = (transforms ?? []).map(({ Type }) =>
    checkEnum('transforms.type', Type, ['host-header-rewrite', 'url-rewrite'] as const),
  );
  if (new Set(types).size < types.length) throw validationError('A rule can have one transform of each type');
  return transforms ?? [];
}

function shapeOf(rule: Rule): RuleShape {
  return {
    RuleArn: rule.arn,
    Priority: String(rule.priority),
    Conditions: rule.conditions,
    Actions: rule.actions,
    IsDefault: rule.priority === 'default',
    ...(rule.transforms.length > 0 && { Transforms: rule.transforms }),
  };
}

/** Rules by priority, the default one last. */
export function describeRules(aws: LocalAws, input: DescribeRulesInput) {
  if (input.ListenerArn !== undefined && input.RuleArns?.length)
    throw validationError('Specify a listener ARN or rule ARNs, not both');
  const found = input.RuleArns?.length
    ? input.RuleArns.map((arn) => ruleOf(aws, arn))
    : rulesOf(aws.state, listenerOf(aws, input.ListenerArn).arn);
  const { items, ...next } = pageOf(found, input);
  return { Rules: items.map(shapeOf), ...next };
}

/** Replaces the lists that the input names; an empty list changes nothing, transforms go with ResetTransforms. */
export function modifyRule(aws: LocalAws, input: ModifyRuleInput) {
  const rule = ownRuleOf(aws, input.RuleArn, 'modified');
  const listener = listenerOf(aws, rule.listenerArn);
  const conditions = input.Conditions?.length ? checkedConditions(aws, input.Conditions) : rule.conditions;
  const actions = input.Actions?.length ? checkedActions(aws, input.Actions, placeOf(aws, listener)) : rule.actions;
  const transforms = input.Transforms?.length
    ? checkedTransforms(input.Transforms)
    : input.ResetTransforms
      ? []
      : rule.transforms;
  Object.assign(rule, { conditions, actions, transforms });
  aws.changed('rule', rule.arn);
  refreshReferences(aws);
  return { Rules: [shapeOf(rule)] };
}

export function deleteRule(aws: LocalAws, input: DeleteRuleInput): object {
  const rule = ownRuleOf(aws, input.RuleArn, 'deleted');
  aws.state.rules.delete(rule.arn);
  aws.changed('rule', rule.arn);
  refreshReferences(aws);
  return {};
}

function ownRuleOf(aws: LocalAws, arn: string | undefined, what: string): Rule {
  const rule = ruleOf(aws, arn);
  if (rule.priority !== 'default') return rule;
  throw new ElbError('OperationNotPermitted', `Default rule '${rule.arn}' cannot be ${what}`);
}

/** Gives rules new priorities in one step: only the outcome must be free of conflict, so that two rules can swap. */
export function setRulePriorities(aws: LocalAws, input: SetRulePrioritiesInput) {
  const changes = (input.RulePriorities ?? []).map(({ RuleArn, Priority }) => {
    return { rule: ownRuleOf(aws, RuleArn, 'given a priority'), priority: checkPriority(Priority) };
  });
  const moved = new Map(changes.map(({ rule, priority }) => [rule, priority]));
  for (const listenerArn of new Set(changes.map(({ rule }) => rule.listenerArn)))
    checkOutcome(rulesOf(aws.state, listenerArn), moved);
  for (const { rule, priority } of changes) {
    rule.priority = priority;
    aws.changed('rule', rule.arn);
  }
  return { Rules: changes.map(({ rule }) => shapeOf(rule)) };
}

function checkOutcome(rules: Rule[], moved: Map<Rule, number>): void {
  const outcome = rules.map((rule) => moved.get(rule) ?? rule.priority);
  const twice = outcome.find((priority, index) => outcome.indexOf(priority) !== index);
  if (twice !== undefined) throw new ElbError('PriorityInUse', `Priority '${twice}' is currently in use`);
}
