import { SimulatePrincipalPolicy$, type SimulatePrincipalPolicyRequest } from '@aws-sdk/client-iam';
import type { LocalAws } from '../aws.ts';
import { operation, operationTable } from '../operation.ts';
import { policyFor } from './authorization.ts';
import { type Decision, decide } from './evaluation.ts';
import type { Asked, Policy } from './policy.ts';

const DECISIONS: Record<Decision, string> = {
  allowed: 'allowed',
  denied: 'implicitDeny',
  forbidden: 'explicitDeny',
};

/** What the policy of a user says of each action on each resource. The user’s name is the access key; one without a policy may do everything. */
function simulatePrincipalPolicy(aws: LocalAws, input: SimulatePrincipalPolicyRequest) {
  const accessKeyId = (input.PolicySourceArn ?? '').split('/').at(-1);
  const policy = policyFor(aws, { accessKeyId });
  const EvaluationResults = (input.ActionNames ?? []).flatMap((action) =>
    (input.ResourceArns ?? ['*']).map((resource) => ({
      EvalActionName: action,
      EvalResourceName: resource,
      EvalDecision: decisionOf(policy, { action, resource, context: contextOf(input) }),
    })),
  );
  return { EvaluationResults, IsTruncated: false };
}

const decisionOf = (policy: Policy | undefined, asked: Asked): string =>
  policy === undefined ? DECISIONS.allowed : DECISIONS[decide(policy, asked)];

const contextOf = ({ ContextEntries = [] }: SimulatePrincipalPolicyRequest): Asked['context'] =>
  new Map(
    ContextEntries.map(({ ContextKeyName = '', ContextKeyValues = [] }) => [
      ContextKeyName.toLowerCase(),
      ContextKeyValues,
    ]),
  );

/** IAM, as far as it tells what a policy allows. */
export const IAM_OPERATIONS = operationTable([operation(SimulatePrincipalPolicy$, simulatePrincipalPolicy)]);
