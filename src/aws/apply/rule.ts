import { actionRequests, conditionRequest } from './request.ts';
import type { Operations } from './run.ts';
import { toPairs } from '../pairs.ts';

type Names = 'createRule' | 'modifyRule' | 'setRulePriorities' | 'deleteRule';

export const RULE_OPERATIONS: Operations<Names> = {
  createRule: async ({ listener, priority, conditions, actions, tags }, { account, resolve }) => {
    const { Rules } = await account.elb.createRule({
      ListenerArn: resolve(listener),
      Priority: priority,
      Conditions: conditions.map(conditionRequest),
      Actions: actionRequests(actions, resolve),
      Tags: toPairs(tags),
    });
    return { arn: Rules?.[0]?.RuleArn ?? '' };
  },
  modifyRule: async ({ rule, conditions, actions }, { account, resolve }) => {
    await account.elb.modifyRule({
      RuleArn: resolve(rule),
      ...(conditions ? { Conditions: conditions.map(conditionRequest) } : {}),
      ...(actions ? { Actions: actionRequests(actions, resolve) } : {}),
    });
    return undefined;
  },
  setRulePriorities: async ({ priorities }, { account, resolve }) => {
    await account.elb.setRulePriorities({
      RulePriorities: priorities.map(({ rule, priority }) => ({ RuleArn: resolve(rule), Priority: priority })),
    });
    return undefined;
  },
  deleteRule: async ({ arn }, { account }) => {
    await account.elb.deleteRule({ RuleArn: arn });
    return undefined;
  },
};
